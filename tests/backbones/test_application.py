"""The models of `keras.applications`: made as asked, and every way in which their weights can be wrong is said."""

import shutil
import sys
import urllib.error

import h5py
import keras
import numpy as np
import pytest

from hydranet.backbones import Application, backbone_from_config
from hydranet.backbones._application import application_names
from hydranet.errors import ConfigError, FetchError, ModelError
from hydranet.settings import to_config

SMALL = {"image_size": 32, "arguments": {"alpha": 0.35}}


def test_every_application_is_a_constructor_with_its_own_preprocessing():
    names = application_names()

    assert {"MobileNetV2", "ResNet50V2", "EfficientNetV2B0", "ConvNeXtTiny", "Xception"} <= set(names)
    for name in names:
        constructor = getattr(keras.applications, name)
        assert constructor.__name__ == name
        assert Application(name).preprocessing == constructor.__module__
        assert hasattr(sys.modules[constructor.__module__], "preprocess_input")


@pytest.mark.parametrize("pooling", ["avg", "max", "none"])
def test_one_network_gives_the_last_map_and_a_vector_of_it(pooling, images):
    backbone = Application("MobileNet", image_size=[64, 96], pooling=pooling, arguments={"alpha": 0.25})
    network = backbone.build_network()
    pictures = np.random.default_rng(0).uniform(-1, 1, (2, 64, 96, 3)).astype(np.float32)
    given = network(pictures, training=False)

    reduce = np.max if pooling == "max" else np.mean
    assert given["map"].shape == (2, 2, 3, 256)
    np.testing.assert_allclose(given["pooled"], reduce(given["map"], axis=(1, 2)), rtol=1e-4, atol=1e-20)
    assert backbone.default_feature == ("map" if pooling == "none" else "pooled")


def test_without_pooling_the_map_is_that_of_the_model_itself():
    """ConvNeXt normalises behind the pooling, or, without it, the map."""
    backbone = Application("ConvNeXtTiny", image_size=32, pooling="none")
    network = backbone.build_network()

    assert network.output["map"]._keras_history.operation.name.startswith("layer_normalization")
    assert network.output["pooled"].shape == (None, 768)


def test_as_data_it_comes_back():
    backbone = Application("Xception", image_size=[120, 160], weights="random", pooling="max")

    assert backbone_from_config(to_config(backbone)) == backbone
    with pytest.raises(ConfigError, match=r"backbone\.nmae: unknown key"):
        backbone_from_config({"kind": "applications", "nmae": "Xception"})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "MobilNetV2"}, "Unknown backbone 'MobilNetV2'. Did you mean 'MobileNetV2'"),
        ({"image_size": 16}, "MobileNetV2 can't be made with image_size=16"),
        ({"arguments": {"alhpa": 0.35}}, "alhpa"),
        ({"arguments": {"pooling": "max"}}, "pooling"),
    ],
)
def test_what_can_not_be_made_is_a_config_error(settings, message):
    with pytest.raises(ConfigError, match=message):
        Application(**{**SMALL, **settings}).build_network()


def test_random_weights_are_a_function_of_the_seed():
    backbone = Application("MobileNet", image_size=32, weights="random", arguments={"alpha": 0.25})
    first, same, other = (backbone.load_network(seed).get_weights() for seed in (1, 1, 2))

    assert all(np.array_equal(a, b) for a, b in zip(first, same, strict=True))
    assert not np.array_equal(first[0], other[0])


@pytest.mark.slow
def test_weights_come_from_a_file(backbone_weights, trunk):
    network = Application(weights=str(backbone_weights), **SMALL).load_network()

    for loaded, expected in zip(network.get_weights(), trunk.get_weights(), strict=True):
        np.testing.assert_array_equal(loaded, expected)


@pytest.mark.slow
def test_a_network_with_counters_loads_its_weights(tmp_path):
    path = tmp_path / "efficient.weights.h5"
    saved = Application("EfficientNetB0", image_size=32).build_network()
    saved.save_weights(path)
    loaded = Application("EfficientNetB0", image_size=32, weights=str(path)).load_network()

    for one, two in zip(saved.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing", "no weights file"),
        ("truncated", "damaged"),
        ("text", "damaged"),
        ("wrong_suffix", "ending in"),
    ],
)
def test_a_file_that_can_not_be_read_is_named(backbone_weights, tmp_path, name, message):
    path = tmp_path / ("weights.npz" if name == "wrong_suffix" else f"{name}.weights.h5")
    if name == "truncated":
        path.write_bytes(backbone_weights.read_bytes()[:-100_000])
    elif name != "missing":
        path.write_text("not weights")

    with pytest.raises(ModelError, match=message) as caught:
        Application(weights=str(path), **SMALL).load_network()
    assert str(path) in str(caught.value)


def test_weights_of_another_architecture_are_refused(backbone_weights):
    backbone = Application(image_size=32, arguments={"alpha": 0.5}, weights=str(backbone_weights))

    with pytest.raises(ModelError, match=r"do not fit MobileNetV2 with arguments \{'alpha': 0.5\}"):
        backbone.load_network()


def test_a_file_without_some_variables_is_refused(backbone_weights, tmp_path):
    path = shutil.copy(backbone_weights, tmp_path / "partial.weights.h5")
    with h5py.File(path, "a") as file:
        layer = next(layer for layer in file["layers"].values() if len(layer["vars"]))
        del layer["vars"]["0"]

    with pytest.raises(ModelError, match="do not fit MobileNetV2"):
        Application(weights=str(path), **SMALL).load_network()


@pytest.mark.parametrize("failure", [urllib.error.URLError("no network"), TimeoutError("timed out")])
def test_imagenet_without_a_network_says_what_to_do(monkeypatch, tmp_path, failure):
    def fail(*_):
        raise failure

    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", fail)
    monkeypatch.setattr("keras.src.backend.config.keras_home", lambda: str(tmp_path))
    backbone = Application(image_size=96, arguments={"alpha": 0.35})

    with pytest.raises(FetchError, match=r"imagenet weights of MobileNetV2.*--weights PATH"):
        backbone.load_network()
    assert backbone.without_download() == backbone.randomised()


def test_bundled_weights_fit_only_their_own_architecture():
    with pytest.raises(ConfigError, match="bundled weights belong to name: MobileNetV2"):
        Application("MobileNet", image_size=32, weights="bundled").load_network()
