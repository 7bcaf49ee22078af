"""A model of the user's own becomes a backbone: all but its classifier, whatever it is made of."""

import json
import zipfile

import keras
import numpy as np
import pytest

from hydranet import ConfigError, HydraNet, KerasFile, ModelError, SingleLabel, Trunk
from hydranet.testing import check_backbone

layers = keras.layers
SIZE = 64


@pytest.fixture(scope="module", autouse=True)
def _seed():
    keras.utils.set_random_seed(0)


@pytest.fixture(scope="module")
def nested(tmp_path_factory):
    """As the usual recipe leaves it: augmentation, scaling, a pretrained model, pooling, dropout, a classifier."""
    base = keras.applications.MobileNetV2((SIZE, SIZE, 3), alpha=0.35, include_top=False, weights=None)
    image = keras.Input((SIZE, SIZE, 3))
    pixels = keras.Sequential([layers.RandomFlip(), layers.RandomRotation(0.1)])(image)
    features = base(keras.applications.mobilenet_v2.preprocess_input(pixels), training=False)
    vector = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(features))
    model = keras.Model(image, layers.Dense(3, activation="softmax")(vector))
    path = tmp_path_factory.mktemp("nested") / "classifier.keras"
    model.save(path)
    return path, base


@pytest.fixture
def saved(tmp_path):
    def save(*middle, shape=(SIZE, SIZE, 3), name="model.keras"):
        path = tmp_path / name
        keras.Sequential([keras.Input(shape), *middle]).save(path)
        return str(path)

    return save


def backbone(path, **settings):
    return KerasFile(**{"path": str(path), "scaling": "0..255", "image_size": SIZE, **settings})


def images(count=2, size=SIZE):
    return np.random.default_rng(0).uniform(0, 255, (count, size, size, 3)).astype(np.float32)


def small(*top):
    conv = [layers.Conv2D(4, 3, strides=2, activation="relu"), layers.Conv2D(8, 3, strides=2)]
    return [*conv, layers.BatchNormalization(), layers.ReLU(), layers.Conv2D(6, 3), *top]


@pytest.mark.slow
def test_it_keeps_the_contract(nested):
    check_backbone(backbone(nested[0]))


def test_a_model_within_the_model_gives_its_map_and_can_be_cut(nested):
    path, base = nested
    trunk = Trunk(backbone(path), features=["pooled", "map"])
    expected = np.asarray(base(images() / 127.5 - 1, training=False))
    np.testing.assert_array_equal(trunk(images())["map"], expected)
    np.testing.assert_allclose(trunk(images())["pooled"], expected.mean(axis=(1, 2)), atol=1e-6)
    assert trunk.find_cut("2 blocks").layer == "block_14_add"


def test_a_saved_model_needs_the_file_no_more(saved, tmp_path):
    path = saved(*small(layers.GlobalAveragePooling2D(), layers.Dense(2)))
    model = HydraNet(backbone(path), [SingleLabel(name="cats_dogs", classes=("cat", "dog"))])
    expected = model.predict(images(), verbose=0)
    model.save(tmp_path / "hydra.keras")
    (tmp_path / "model.keras").unlink()
    loaded = HydraNet.load(tmp_path / "hydra.keras")
    np.testing.assert_array_equal(loaded.predict(images(), verbose=0)["cats_dogs"], expected["cats_dogs"])
    assert loaded.fingerprints() == model.fingerprints()


@pytest.mark.parametrize("scaling", ["0..255", "0..1", "-1..1", "MobileNetV2", "ResNet50"])
def test_pictures_are_scaled_as_is_said(saved, scaling):
    model = keras.Sequential([keras.Input((SIZE, SIZE, 3)), *small(layers.GlobalAveragePooling2D())])
    path = saved(*model.layers)
    applications = keras.applications
    expected = {
        "0..255": lambda pixels: pixels,
        "0..1": lambda pixels: pixels / 255,
        "-1..1": lambda pixels: pixels / 127.5 - 1,
        "MobileNetV2": applications.mobilenet_v2.preprocess_input,
        "ResNet50": applications.resnet50.preprocess_input,
    }[scaling](images().copy())
    given = Trunk(backbone(path, scaling=scaling, pooled="last"))(images())["pooled"]
    np.testing.assert_allclose(given, model(expected, training=False), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("top", "width"),
    [
        ([layers.GlobalAveragePooling2D(), layers.Dense(2, activation="softmax")], 6),
        ([layers.GlobalAveragePooling2D(), layers.Dropout(0.5), layers.Dense(2), layers.Softmax()], 6),
        ([layers.Flatten(), layers.Dense(5, activation="relu"), layers.Dropout(0.5), layers.Dense(2)], 5),
        ([layers.GlobalMaxPooling2D(keepdims=True), layers.Conv2D(2, 1), layers.Flatten()], 6),
        ([layers.GlobalAveragePooling2D()], 6),
        ([], 6),
    ],
)
def test_the_classifier_is_left_out_if_there_is_one(saved, top, width):
    path = saved(*small(*(type(layer).from_config(layer.get_config()) for layer in top)))
    assert Trunk(backbone(path, pooled="last")).feature_shapes == {"pooled": (width,)}


def test_the_layer_that_is_asked_for_gives_the_feature(nested, saved):
    assert Trunk(backbone(nested[0], layer="block_12_add")).feature_shapes == {"pooled": (32,)}
    path = saved(*small(layers.GlobalAveragePooling2D(), layers.Dense(2)))
    with pytest.raises(ConfigError, match=r"backbone\.layer: the file has no layer 'conv2e'\. Did you mean"):
        Trunk(backbone(path, layer="conv2e"))


def test_a_network_without_maps_gives_one_vector(saved):
    path = saved(
        layers.Reshape((SIZE, SIZE * 3)), layers.Dense(7), layers.GlobalAveragePooling1D(), layers.Dense(2)
    )
    trunk = Trunk(backbone(path, pooled="alone"))
    assert trunk.feature_shapes == {"pooled": (7,)}
    check_backbone(trunk.backbone)
    with pytest.raises(ConfigError, match="use `pooled: alone`"):
        Trunk(backbone(path))


def test_an_old_h5_file_is_read_too(saved):
    path = saved(*small(layers.GlobalAveragePooling2D(), layers.Dense(2)), name="model.h5")
    assert Trunk(backbone(path, pooled="last")).feature_shapes == {"pooled": (6,)}


def test_a_network_of_any_size_takes_the_size_that_is_asked_for(saved):
    path = saved(*small(layers.GlobalAveragePooling2D(), layers.Dense(2)), shape=(None, None, 3))
    assert Trunk(backbone(path, image_size=[48, 80])).image_shape == (48, 80, 3)


def test_pictures_that_the_model_does_not_take_are_refused(saved):
    path = saved(*small(layers.GlobalAveragePooling2D(), layers.Dense(2)))
    with pytest.raises(
        ConfigError, match=r"takes pictures of \[64, 64\] pixels: received image_size \[96, 96\]"
    ):
        Trunk(backbone(path, image_size=96))
    grey = saved(*small(layers.GlobalAveragePooling2D()), shape=(SIZE, SIZE, 1), name="grey.keras")
    with pytest.raises(ConfigError, match=r"expected pictures in three colours"):
        Trunk(backbone(grey))


def test_what_is_no_model_is_named(saved, tmp_path):
    with pytest.raises(ModelError, match=r"no model file .*absent\.keras"):
        Trunk(backbone(tmp_path / "absent.keras"))
    path = saved(*small(layers.GlobalAveragePooling2D()))
    keras.models.load_model(path).save_weights(tmp_path / "only.weights.h5")
    with pytest.raises(ModelError, match="not a whole model"):
        Trunk(backbone(tmp_path / "only.weights.h5"))
    (tmp_path / "half.keras").write_bytes((tmp_path / "model.keras").read_bytes()[:900])
    with pytest.raises(ModelError, match=r"half\.keras can't be read"):
        Trunk(backbone(tmp_path / "half.keras"))


def test_code_in_a_file_is_not_executed(saved):
    path = saved(
        layers.Lambda(lambda pixels: pixels / 255), layers.Conv2D(4, 3), layers.GlobalAveragePooling2D()
    )
    with pytest.raises(
        ModelError, match="code that is stored in a file, as of Lambda layers, is not executed"
    ):
        Trunk(backbone(path))


def test_an_unknown_scaling_is_refused_with_the_nearest(saved):
    path = saved(*small(layers.GlobalAveragePooling2D()))
    with pytest.raises(ConfigError, match=r"scaling.*'MobilNetV2'.*MobileNetV2"):
        Trunk(backbone(path, scaling="MobilNetV2"))


def test_a_class_that_nobody_knows_is_named(saved, tmp_path):
    path = saved(*small(layers.GlobalAveragePooling2D()))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"])
    config["config"]["layers"][1] |= {"class_name": "Mine", "module": None, "registered_name": "mine>Mine"}
    with zipfile.ZipFile(tmp_path / "mine.keras", "w") as archive:
        for name, content in {**parts, "config.json": json.dumps(config).encode()}.items():
            archive.writestr(name, content)
    with pytest.raises(ModelError, match="must be registered by a module under `plugins:`"):
        Trunk(backbone(tmp_path / "mine.keras"))
