"""The trunk: always in inference mode, and one pass gives the features that are wanted."""

import keras
import numpy as np
import pytest

from hydranet.backbones import Application
from hydranet.errors import ConfigError
from hydranet.model._trunk import Trunk

# Of the bundled weights at 32 pixels, by `pooling` and the feature that heads read by default.
FINGERPRINTS_OF_0_1 = [
    ("avg", "pooled", "8086febd6bb66ac0268ca0b77d881932"),
    ("max", "pooled", "06acc302ff2debf30f3690c99d2a3aa5"),
    ("none", "map", "dd21276bd301f4b7d76ec1d9a507adbe"),
]


def values(layer):
    return {weight.path: weight.numpy() for weight in layer.weights}


@pytest.fixture(scope="module")
def efficient_net():
    """A network with drop-connect, and with a variable that is not a float."""
    return Trunk(Application("EfficientNetB0", image_size=32, weights="random"))


@pytest.mark.slow
def test_it_runs_in_inference_mode_whatever_training_says(trunk, images, efficient_net):
    for layer in (trunk, efficient_net):
        before = values(layer)
        training, inference = (layer(images, training=training)["pooled"] for training in (True, False))
        np.testing.assert_array_equal(training, inference)
        for path, value in values(layer).items():
            np.testing.assert_array_equal(value, before[path], err_msg=path)


@pytest.mark.slow
def test_fit_trains_unfrozen_weights_but_moves_no_batch_norm_statistic(new_trunk, images):
    trunk = new_trunk()
    trunk.trainable = True
    before = values(trunk)
    inputs = keras.Input(trunk.image_shape)
    model = keras.Model(inputs, keras.layers.Dense(1)(trunk(inputs)["pooled"]))
    model.compile("sgd", "mse", run_eagerly=True)

    model.fit(images[:4], np.ones((4, 1), np.float32), verbose=0)

    moved = {path for path, value in values(trunk).items() if not np.array_equal(value, before[path])}
    assert any(path.endswith("kernel") for path in moved)
    assert not [path for path in moved if "moving" in path]


@pytest.mark.slow
def test_features_have_the_shapes_that_were_announced(new_trunk, images):
    vector, feature_map = {"pooled": (1280,)}, {"map": (1, 1, 1280)}
    for settings, shapes in (
        ({}, vector),
        ({"pooling": "none"}, feature_map),
        ({"features": ["map", "pooled"]}, {**vector, **feature_map}),
    ):
        trunk = new_trunk(**settings)
        assert trunk.feature_shapes == shapes
        assert {name: feature.shape[1:] for name, feature in trunk(images).items()} == shapes
        announced = trunk.compute_output_shape((None, 32, 32, 3))
        assert announced == {name: (None, *shape) for name, shape in shapes.items()}


@pytest.mark.slow
def test_a_feature_is_the_same_whatever_others_are_wanted(new_trunk, images):
    both = new_trunk(features=["pooled", "map"])
    alone = both.giving(["pooled"])

    np.testing.assert_array_equal(both(images)["pooled"], alone(images)["pooled"])
    assert both.fingerprint("pooled") == alone.fingerprint("pooled") != both.fingerprint("map")
    assert both.giving(["map", "pooled"]) is both
    assert {id(weight) for weight in both.weights} == {id(weight) for weight in alone.weights}
    with pytest.raises(ConfigError, match=r"Unknown feature of MobileNetV2 'pool'\. Did you mean 'pooled'"):
        both.giving(["pool"])


@pytest.mark.slow
def test_fingerprints_are_those_of_version_0_1():
    """Stores, records and head files hold them."""
    arguments = {"alpha": 0.35}
    for pooling, feature, expected in FINGERPRINTS_OF_0_1:
        backbone = Application(
            "MobileNetV2", image_size=32, weights="bundled", pooling=pooling, arguments=arguments
        )
        assert Trunk(backbone).fingerprint(feature) == expected


def test_pictures_are_not_written_to(trunk, images):
    before = images.copy()
    trunk(images)

    np.testing.assert_array_equal(images, before)


@pytest.mark.slow
def test_it_survives_saving(new_trunk, images, tmp_path):
    trunk = new_trunk(features=["pooled", "map"])
    inputs = keras.Input(trunk.image_shape)
    keras.Model(inputs, trunk(inputs)).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras").layers[-1]

    assert isinstance(loaded, Trunk)
    assert (loaded.backbone, loaded.features) == (trunk.backbone, trunk.features)
    for name, feature in trunk(images).items():
        np.testing.assert_array_equal(loaded(images)[name], feature)
