"""The backbone: always in inference mode, and every way in which its weights can be wrong is said clearly."""

import shutil
import urllib.error

import h5py
import keras
import numpy as np
import pytest

from hydranet.errors import ConfigError, FetchError, ModelError
from hydranet.experiment import BackboneConfig
from hydranet.model._backbone import Backbone, build_backbone, load_weights

SMALL = {"image_size": 32, "arguments": {"alpha": 0.35}}


def values(layer):
    return {weight.path: weight.numpy() for weight in layer.weights}


@pytest.fixture(scope="module")
def efficient_net():
    """A network with drop-connect, and with a variable that is not a float."""
    return Backbone("EfficientNetB0", image_size=32)


def test_it_runs_in_inference_mode_whatever_training_says(backbone, images, efficient_net):
    for network in (backbone, efficient_net):
        before = values(network)
        np.testing.assert_array_equal(network(images, training=True), network(images, training=False))
        for path, value in values(network).items():
            np.testing.assert_array_equal(value, before[path], err_msg=path)


def test_fit_trains_unfrozen_weights_but_moves_no_batch_norm_statistic(new_backbone, images):
    backbone = new_backbone()
    backbone.trainable = True
    before = values(backbone)
    inputs = keras.Input(backbone.image_shape)
    model = keras.Model(inputs, keras.layers.Dense(1)(backbone(inputs)))
    model.compile("sgd", "mse", run_eagerly=True)

    model.fit(images[:4], np.ones((4, 1), np.float32), verbose=0)

    moved = {path for path, value in values(backbone).items() if not np.array_equal(value, before[path])}
    assert any(path.endswith("kernel") for path in moved)
    assert not [path for path in moved if "moving" in path]


def test_features_have_the_shape_that_was_announced(new_backbone, images):
    for pooling, shape in (("avg", (1280,)), ("none", (1, 1, 1280))):
        backbone = new_backbone(pooling=pooling)
        assert backbone.feature_shape == shape
        assert backbone(images).shape == (12, *shape)
        assert backbone.compute_output_shape((None, 32, 32, 3)) == (None, *shape)


def test_pictures_are_not_written_to(backbone, images):
    before = images.copy()
    backbone(images)

    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"architecture": "MobilNetV2"}, "Unknown backbone 'MobilNetV2'. Did you mean 'MobileNetV2'"),
        ({"image_size": 16}, "MobileNetV2 can't be made with image_size=16"),
        ({"arguments": {"alhpa": 0.35}}, "alhpa"),
        ({"arguments": {"pooling": "max"}}, "pooling"),
    ],
)
def test_what_can_not_be_made_is_a_config_error(arguments, message):
    with pytest.raises(ConfigError, match=message):
        Backbone(**{"architecture": "MobileNetV2", **SMALL, **arguments})


def test_random_weights_are_a_function_of_the_seed():
    config = BackboneConfig(name="MobileNet", image_size=32, weights="random", arguments={"alpha": 0.25})
    first, same, other = (build_backbone(config, seed=seed).get_weights() for seed in (1, 1, 2))

    assert all(np.array_equal(a, b) for a, b in zip(first, same, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_weights_come_from_a_file(backbone_weights, backbone, images):
    built = build_backbone(BackboneConfig(weights=str(backbone_weights), **SMALL))

    np.testing.assert_array_equal(built(images), backbone(images))


def test_a_network_with_counters_loads_its_weights(efficient_net, images, tmp_path):
    path = tmp_path / "efficient.weights.h5"
    efficient_net.network.save_weights(path)
    expected = efficient_net(images)
    load_weights(efficient_net, path)

    np.testing.assert_array_equal(efficient_net(images), expected)


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
        build_backbone(BackboneConfig(weights=str(path), **SMALL))
    assert str(path) in str(caught.value)


def test_weights_of_another_architecture_are_refused(backbone_weights):
    config = BackboneConfig(image_size=32, arguments={"alpha": 0.5}, weights=str(backbone_weights))

    with pytest.raises(ModelError, match=r"do not fit MobileNetV2 with arguments \{'alpha': 0.5\}"):
        build_backbone(config)


def test_a_file_without_some_variables_is_refused(backbone_weights, tmp_path):
    path = shutil.copy(backbone_weights, tmp_path / "partial.weights.h5")
    with h5py.File(path, "a") as file:
        layer = next(layer for layer in file["layers"].values() if len(layer["vars"]))
        del layer["vars"]["0"]

    with pytest.raises(ModelError, match="do not fit MobileNetV2"):
        build_backbone(BackboneConfig(weights=str(path), **SMALL))


@pytest.mark.parametrize("failure", [urllib.error.URLError("no network"), TimeoutError("timed out")])
def test_imagenet_without_a_network_says_what_to_do(monkeypatch, tmp_path, failure):
    def fail(*_):
        raise failure

    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", fail)
    monkeypatch.setattr("keras.src.backend.config.keras_home", lambda: str(tmp_path))

    with pytest.raises(FetchError, match=r"imagenet weights of MobileNetV2.*--weights PATH"):
        build_backbone(BackboneConfig(image_size=96, arguments={"alpha": 0.35}))


def test_bundled_weights_fit_only_their_own_architecture():
    with pytest.raises(ConfigError, match="bundled weights belong to name: MobileNetV2"):
        build_backbone(BackboneConfig(name="MobileNet", image_size=32, weights="bundled"))
