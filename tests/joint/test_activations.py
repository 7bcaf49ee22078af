"""Activations at a cut are the same numbers, bit for bit, whether they were stored or are computed."""

import numpy as np
import pytest

from hydranet import Augmentation, Drawings
from hydranet.backbones import Application
from hydranet.data._dataset import load_dataset
from hydranet.engines._compile import compile_network
from hydranet.errors import ModelError
from hydranet.features._extract import extract
from hydranet.features._missing import Request, view_keys
from hydranet.features._store import FeatureStore
from hydranet.joint._activations import ComputedActivations, StoredActivations
from hydranet.model._trunk import ACTIVATION, Trunk

AUGMENTATION = Augmentation(views=3, rotation=20, crop=0.3)
SEED = 5
BATCH_SIZE = 8


@pytest.fixture(scope="module")
def trunk(mobilenet_weights):
    weights = str(mobilenet_weights)
    trunk = Trunk(Application("MobileNet", image_size=32, weights=weights, arguments={"alpha": 0.25}))
    return trunk.below(trunk.find_cut("conv_pad_4"))


@pytest.fixture(scope="module")
def compiled(trunk):
    return compile_network(trunk, trunk.image_shape, BATCH_SIZE)


@pytest.fixture(scope="module")
def pictures():
    return load_dataset(Drawings("cats_dogs", 11, 1), task="cats_dogs")["train"]


@pytest.fixture(scope="module")
def stored(trunk, pictures, tmp_path_factory):
    """Stored activations by dtype."""
    store = FeatureStore(tmp_path_factory.mktemp("store"))
    return {dtype: _store(trunk, pictures, store, dtype) for dtype in ("float32", "float16")}


def _store(trunk, pictures, store, dtype):
    space = store.space(trunk.fingerprint(ACTIVATION), trunk.feature_shapes[ACTIVATION], dtype)
    request = Request(pictures.pictures, pictures.hashes, AUGMENTATION.views)
    extract(
        trunk,
        [request],
        {ACTIVATION: space},
        batch_size=BATCH_SIZE,
        augmentation=AUGMENTATION,
        seed=SEED,
    )
    keys = [view_keys(pictures.hashes, view, AUGMENTATION, SEED) for view in range(AUGMENTATION.views)]
    return StoredActivations([space.features(each) for each in keys])


def computed(compiled, pictures, dtype):
    hashes = pictures.hashes
    return ComputedActivations(
        compiled, BATCH_SIZE, (32, 32), pictures.pictures, hashes, AUGMENTATION, SEED, np.dtype(dtype)
    )


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_stored_and_computed_activations_are_bit_identical(trunk, compiled, pictures, stored, dtype):
    """Also in other batches than those in which they were stored: more, fewer, repeated, in another order."""
    from_store, anew = stored[dtype], computed(compiled, pictures, dtype)
    rng = np.random.default_rng(0)

    for size in (1, 8, 30):
        rows, views = rng.integers(0, len(pictures), size), rng.integers(0, 3, size)
        one, two = from_store.read(rows, views), anew.read(rows, views)

        assert one.shape == (size, *trunk.feature_shapes[ACTIVATION])
        assert one.dtype == two.dtype == np.float32
        np.testing.assert_array_equal(one, two)
    rounded = anew.read(rows, views).astype(np.float16).astype(np.float32)
    assert (rounded == two).all() == (dtype == "float16")


def test_each_row_gets_its_own_picture_in_its_own_view(compiled, pictures):
    activations = computed(compiled, pictures, "float32")
    rows, views = np.array([3, 3, 9, 3]), np.array([0, 2, 0, 0])

    together = activations.read(rows, views)

    np.testing.assert_array_equal(together[0], together[3])
    assert len({row.tobytes() for row in together}) == 3
    for place in range(4):
        alone = activations.read(rows[place : place + 1], views[place : place + 1])
        np.testing.assert_array_equal(together[place], alone[0])


def test_a_worker_whose_share_of_a_batch_is_empty_gets_no_rows(trunk, compiled, pictures, stored):
    nothing = np.zeros(0, np.int64)
    for activations in (stored["float32"], computed(compiled, pictures, "float32")):
        assert activations.read(nothing, nothing).shape == (0, *trunk.feature_shapes[ACTIVATION])


def test_activations_that_could_not_be_stored_are_refused_when_they_are_computed_too(pictures):
    def run(images):
        return {ACTIVATION: np.full((len(images), 2), 1e6, np.float32)}

    activations = computed(run, pictures, "float16")

    with pytest.raises(ModelError, match="too large for float16"):
        activations.read(np.array([0]), np.array([0]))
