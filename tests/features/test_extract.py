"""Extraction: each picture is decoded once, and an interruption at any moment changes no bit of the result."""

import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from hydranet import Augmentation
from hydranet.backbones import Application
from hydranet.data._augment import augment, view_rng
from hydranet.data._drawings import Drawing
from hydranet.data._pictures import PictureFile, hash_content, hash_pictures
from hydranet.engines import _tensorflow as tensorflow_engine
from hydranet.engines import installed_engines
from hydranet.errors import DataError, ImageError, ModelError
from hydranet.features import _extract as extraction
from hydranet.features._missing import Request, view_keys
from hydranet.features._store import FeatureStore
from hydranet.model._trunk import Trunk

SIZE = 8


TRUNK = SimpleNamespace(image_shape=(SIZE, SIZE, 3), image_size=(SIZE, SIZE))


def extract(network, requests, space, **options):
    return extraction.extract(network, requests, {"pooled": space}, **options)


class Noise:
    """A picture that counts how often it is decoded."""

    def __init__(self, index, decoded):
        self.name = f"noise {index}"
        self.index = index
        self.decoded = decoded

    def content(self):
        return self.name.encode()

    def pixels(self, content, image_size):
        self.decoded.append(self.index)
        if content == b"noise 13":
            raise ImageError("noise 13 is truncated")
        return np.random.default_rng(self.index).uniform(0, 255, (*image_size, 3)).astype(np.float32)


@pytest.fixture
def decoded():
    return []


@pytest.fixture
def pictures(decoded):
    return [Noise(index, decoded) for index in range(12)]


@pytest.fixture
def space(tmp_path):
    return FeatureStore(tmp_path).space("fingerprint", (4,))


@pytest.fixture(autouse=True)
def _stand_in_for_the_backbone(monkeypatch, request):
    """Features that depend on the whole batch, as rounding on a GPU may, so that other batches are noticed."""
    if "real_trunk" in request.fixturenames:
        return
    projection = np.random.default_rng(0).normal(size=(SIZE * SIZE * 3, 4))

    def compile_network(network, input_shape, batch_size, device=None):
        def run(images):
            features = images.reshape(len(images), -1) @ projection
            return {"pooled": (features + 1e-6 * features.sum()).astype(np.float32)}

        return run

    monkeypatch.setattr(tensorflow_engine, "compile_network", compile_network)


def request_for(pictures, views=1):
    return Request(pictures, hash_pictures(pictures), views)


def read(space, pictures, view=0, augmentation=None, seed=0):
    return space.features(
        view_keys(hash_pictures(pictures), view, augmentation or Augmentation(), seed)
    ).read()


def test_each_picture_is_decoded_once_however_many_tasks_ask_for_it(space, pictures, decoded):
    requests = [request_for(pictures[:8]), request_for(pictures[4:]), request_for(pictures[2:6] * 2, views=2)]
    result = extract(TRUNK, requests, space, batch_size=5)

    assert sorted(decoded) == list(range(12))
    assert (result.num_pictures, result.num_decoded, result.num_passed) == (12, 12, 16)


def test_one_pass_gives_every_feature_and_only_what_is_missing_is_stored(space, pictures, decoded, tmp_path):
    run_of = tensorflow_engine.compile_network

    def compile_network(*arguments, **options):
        run = run_of(*arguments, **options)
        return lambda images: {**run(images), "first": run(images)["pooled"][:, :1]}

    extract(TRUNK, [request_for(pictures[:5])], space, batch_size=1)
    first = FeatureStore(tmp_path).space("first", (1,))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tensorflow_engine, "compile_network", compile_network)
        spaces = {"pooled": space, "first": first}
        result = extraction.extract(TRUNK, [request_for(pictures)], spaces, batch_size=1)

    assert (result.num_decoded, result.num_passed, len(space), len(first)) == (12, 12, 12, 12)
    np.testing.assert_array_equal(read(first, pictures), read(space, pictures)[:, :1])
    assert sorted(decoded) == sorted([*range(12), *range(5)])


def test_nothing_is_decoded_the_second_time(space, pictures, decoded):
    extract(TRUNK, [request_for(pictures)], space)
    expected = read(space, pictures)
    decoded.clear()
    again = FeatureStore(space.folder.parent).space("fingerprint", (4,))

    result = extract(TRUNK, [request_for(pictures)], again)

    assert (decoded, result.num_pictures, result.num_decoded, result.num_passed) == ([], 12, 0, 0)
    np.testing.assert_array_equal(read(again, pictures), expected)


@pytest.mark.parametrize("num_chunks", [0, 1, 2])
def test_an_interrupted_extraction_ends_as_one_that_was_not(
    tmp_path, pictures, decoded, monkeypatch, num_chunks
):
    monkeypatch.setattr("hydranet.features._chunk_writer._CHUNK_ROWS", 8)
    augmentation = Augmentation(views=3, rotation=10)
    whole = FeatureStore(tmp_path / "whole").space("fingerprint", (4,))
    extract(TRUNK, [request_for(pictures, 3)], whole, batch_size=4, augmentation=augmentation)
    space = FeatureStore(tmp_path / "interrupted").space("fingerprint", (4,))
    append, written = space.append, []

    def append_until_killed(keys, rows):
        if len(written) == num_chunks:
            raise KeyboardInterrupt
        written.append(len(keys))
        append(keys, rows)

    space.append = append_until_killed
    with pytest.raises(KeyboardInterrupt):
        extract(TRUNK, [request_for(pictures, 3)], space, batch_size=4, augmentation=augmentation)
    decoded.clear()
    again = FeatureStore(tmp_path / "interrupted").space("fingerprint", (4,))
    result = extract(TRUNK, [request_for(pictures, 3)], again, batch_size=4, augmentation=augmentation)

    assert written == [8] * num_chunks
    assert result.num_passed == 36 - 8 * num_chunks
    for view in range(3):
        np.testing.assert_array_equal(
            read(again, pictures, view, augmentation), read(whole, pictures, view, augmentation)
        )


def test_an_error_in_the_middle_keeps_what_was_computed(space, pictures, decoded):
    bad = Noise(13, decoded)
    with pytest.raises(ImageError, match="noise 13 is truncated"):
        extract(TRUNK, [request_for([*pictures[:9], bad, *pictures[9:]])], space, batch_size=4)

    assert space.contains(hash_pictures(pictures)).sum() == 8  # two whole batches


def test_bad_pictures_are_skipped_and_counted_where_that_is_asked_for(space, pictures, decoded, caplog):
    bad = Noise(13, decoded)
    result = extract(TRUNK, [request_for([bad, *pictures])], space, skip_bad_images=True)

    assert result.bad_images == ["noise 13 is truncated"]
    assert set(result.bad_pictures) == {hash_content(b"noise 13")}
    assert (result.num_pictures, result.num_decoded) == (13, 12)
    assert space.contains(hash_pictures([bad, *pictures])).tolist() == [False, *[True] * 12]
    assert "Left out: noise 13 is truncated" in caplog.text


def test_a_bad_file_is_named(space, tmp_path):
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    Image.new("RGB", (9, 9), "red").save(good)
    bad.write_bytes(good.read_bytes()[:30])

    with pytest.raises(ImageError, match=r"bad\.png"):
        extract(TRUNK, [request_for([PictureFile(good), PictureFile(bad)])], space)


def test_a_file_that_changes_while_it_is_being_read_is_named(space, tmp_path):
    path = tmp_path / "picture.png"
    Image.new("RGB", (9, 9), "red").save(path)
    request = request_for([PictureFile(path)])
    Image.new("RGB", (9, 9), "blue").save(path)

    with pytest.raises(DataError, match=r"picture\.png has changed while it was being read"):
        extract(TRUNK, [request], space)


def test_view_0_is_the_plain_picture_and_more_views_keep_the_earlier_ones(space, pictures, decoded, tmp_path):
    augmentation = Augmentation(views=2, rotation=10, colour=0.2)
    plain = FeatureStore(tmp_path / "plain").space("fingerprint", (4,))
    extract(TRUNK, [request_for(pictures)], plain, batch_size=1)
    extract(TRUNK, [request_for(pictures, 2)], space, batch_size=1, augmentation=augmentation, seed=5)
    first = read(space, pictures, 1, augmentation, 5)
    more = Augmentation(views=4, rotation=10, colour=0.2)

    result = extract(TRUNK, [request_for(pictures, 4)], space, batch_size=1, augmentation=more, seed=5)

    assert result.num_passed == 24
    np.testing.assert_array_equal(read(space, pictures), read(plain, pictures))
    np.testing.assert_array_equal(read(space, pictures, 1, more, 5), first)
    views = [read(space, pictures, view, more, 5) for view in range(4)]
    assert min(np.abs(a - b).min() for i, a in enumerate(views) for b in views[:i]) > 0


def test_a_view_is_the_augmented_picture(space, pictures):
    augmentation = Augmentation(views=2, rotation=10)
    extract(TRUNK, [request_for(pictures[:1], 2)], space, batch_size=1, augmentation=augmentation, seed=5)
    plain = pictures[0].pixels(b"", (SIZE, SIZE))
    view = augment(plain, augmentation, view_rng(hash_content(pictures[0].content()), 1, 5))

    expected = tensorflow_engine.compile_network(TRUNK, TRUNK.image_shape, 1)(view[None])["pooled"]
    np.testing.assert_array_equal(read(space, pictures[:1], 1, augmentation, 5), expected)


@pytest.mark.parametrize(
    ("value", "dtype", "message"),
    [
        (np.nan, "float32", "not finite"),
        (np.inf, "float32", "not finite"),
        (1e6, "float16", "too large for float16"),
    ],
)
def test_features_that_can_not_be_stored_stop_the_extraction(
    tmp_path, pictures, monkeypatch, value, dtype, message
):
    monkeypatch.setattr(
        tensorflow_engine,
        "compile_network",
        lambda *_, **__: lambda images: {"pooled": np.full((len(images), 4), value)},
    )
    space = FeatureStore(tmp_path).space("fingerprint", (4,), dtype)

    with pytest.raises(ModelError, match=message):
        extract(TRUNK, [request_for(pictures)], space)
    assert len(space) == 0


@pytest.fixture
def real_trunk():
    config = Application("MobileNet", image_size=32, weights="random", arguments={"alpha": 0.25})
    return Trunk(config, seed=3)


KILLED = """
import os, signal, sys
from hydranet.backbones import Application
from hydranet.data._drawings import Drawing
from hydranet.data._pictures import hash_pictures
from hydranet.model._trunk import Trunk
from hydranet.features import _chunk_writer
from hydranet.features._extract import extract
from hydranet.features._missing import Request
from hydranet.features._space import FeatureSpace
from hydranet.features._store import FeatureStore

config = Application("MobileNet", image_size=32, weights="random", arguments={"alpha": 0.25})
trunk = Trunk(config, seed=3)
pictures = [Drawing("cats_dogs", "cat", index, 0) for index in range(20)]
_chunk_writer._CHUNK_ROWS = 4
append = FeatureSpace.append

def append_until_killed(self, keys, rows):
    append(self, keys, rows)
    if len(self) >= 8:
        os.kill(os.getpid(), signal.SIGKILL)

FeatureSpace.append = append_until_killed
space = FeatureStore(sys.argv[1]).space(trunk.fingerprint("pooled"), trunk.feature_shapes["pooled"])
requests = [Request(pictures, hash_pictures(pictures))]
extract(trunk, requests, {"pooled": space}, batch_size=4)
"""


@pytest.mark.slow
def test_another_process_continues_where_one_was_killed(real_trunk, tmp_path):
    """Keys, fingerprint and features are the same in any process."""
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "killed")],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    pictures = [Drawing("cats_dogs", "cat", index, 0) for index in range(20)]
    results, features = [], []
    for name in ("killed", "whole"):
        shape = real_trunk.feature_shapes["pooled"]
        space = FeatureStore(tmp_path / name).space(real_trunk.fingerprint("pooled"), shape)
        results.append(extract(real_trunk, [request_for(pictures)], space, batch_size=4))
        features.append(read(space, pictures))

    assert [result.num_decoded for result in results] == [12, 20]
    np.testing.assert_array_equal(*features)


@pytest.mark.slow
@pytest.mark.parametrize("engine", [name for name in installed_engines() if name != "tensorflow"])
def test_an_engine_gives_the_same_features_but_for_rounding(real_trunk, tmp_path, engine):
    pictures = [Drawing("cats_dogs", "cat", index, 0) for index in range(5)]
    features = {}
    for name in ("tensorflow", engine):
        space = FeatureStore(tmp_path / name).space("fingerprint", real_trunk.feature_shapes["pooled"])
        extract(real_trunk, [request_for(pictures)], space, batch_size=2, engine=name)
        features[name] = read(space, pictures)
    np.testing.assert_allclose(features[engine], features["tensorflow"], rtol=1e-3, atol=1e-6)
