"""Features that were computed before stand where a backbone does: heads read them as they are."""

import dataclasses

import numpy as np
import pytest

from hydranet import MLP, ConfigError, Experiment, FineTuning, HydraNet, SingleLabel, StoredFeatures
from hydranet.data import Augmentation, Folder
from hydranet.model import Trunk
from hydranet.testing import check_backbone

MAPS, VECTORS = StoredFeatures(shape=(7, 7, 24), name="Xception"), StoredFeatures(shape=(24,))


@pytest.mark.parametrize("backbone", [MAPS, VECTORS], ids=["maps", "vectors"])
def test_it_keeps_the_contract(backbone):
    check_backbone(backbone)


def test_a_vector_is_as_it_is_and_a_map_is_averaged():
    values = np.random.default_rng(0).normal(size=(3, 7, 7, 24)).astype(np.float32)
    given = Trunk(MAPS, features=("pooled", "map"))(values)

    np.testing.assert_array_equal(given["map"], values)
    np.testing.assert_allclose(given["pooled"], values.mean(axis=(1, 2)), rtol=0, atol=1e-6)
    np.testing.assert_array_equal(Trunk(VECTORS)(values[:, 0, 0])["pooled"], values[:, 0, 0])


def test_the_breeds_of_dogs_on_bottleneck_features_have_437_333_parameters():
    """Global average pooling, 200 units, batch normalisation, dropout and 133 breeds on 7 × 7 × 2048 of Xception."""
    breeds = tuple(f"breed_{number}" for number in range(133))
    head = MLP(hidden=(200,), batch_norm=True, dropout=0.4)
    model = HydraNet(
        StoredFeatures(shape=(7, 7, 2048)), [SingleLabel(name="breed", classes=breeds, head=head)]
    )

    assert model.count_params() == 437_333
    assert model(np.zeros((1, 7, 7, 2048)))["breed"].shape == (1, 133)


def test_heads_on_features_of_another_network_are_told_apart():
    other = dataclasses.replace(MAPS, name="ResNet50")
    assert Trunk(MAPS).fingerprint("pooled") != Trunk(other).fingerprint("pooled")
    assert MAPS.describe() == "Xception features of shape 7 × 7 × 24"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"shape": (7, 7)}, "one number, of vectors, or three, of maps"),
        ({"shape": (7, 0, 3)}, "shape.1 must be at least 1"),
        ({"shape": (8,), "image_size": 224}, "image_size"),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(ConfigError, match=message):
        StoredFeatures(**settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fine_tuning": (FineTuning(unfreeze="all"),)}, "Xception is frozen only"),
        ({"augmentation": Augmentation(views=2, flip=True)}, "augmentation: changes pictures"),
        (
            {"tasks": {"breed": SingleLabel(name="breed", data=Folder("dogs"))}},
            "are pictures, and this backbone reads",
        ),
    ],
)
def test_what_needs_pictures_is_refused_before_the_work(settings, message):
    tasks = {"breed": SingleLabel(name="breed", classes=("a", "b"))}
    with pytest.raises(ConfigError, match=message):
        Experiment(**{"tasks": tasks, "backbone": MAPS, **settings})


def test_it_has_no_random_weights():
    with pytest.raises(ConfigError, match="can't have random weights"):
        MAPS.randomised()
