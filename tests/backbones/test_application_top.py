"""The classification top of an application: all its layers above the average, from the file that Keras downloads."""

import shutil

import keras
import numpy as np
import pytest

from hydranet.backbones import Application
from hydranet.backbones._application_top import top_of
from hydranet.errors import ConfigError, FetchError, ModelError

SIZE = 32
CONSTRUCTORS = [
    ("MobileNet", {"alpha": 0.25}, ()),
    ("MobileNetV2", {"alpha": 0.35}, ()),
    ("MobileNetV3Small", {}, (1024,)),
    ("EfficientNetB0", {}, ()),
    ("ConvNeXtTiny", {}, ()),
]


def whole_network(name, arguments, classes, seed=0):
    """Return a classifier of the whole size whose answers differ from picture to picture, as those of trained ones."""
    keras.utils.set_random_seed(seed)
    network = getattr(keras.applications, name)(
        include_top=True, weights=None, input_shape=(SIZE, SIZE, 3), classes=classes, **arguments
    )
    network.trainable = True
    pictures = np.random.default_rng(0).uniform(0, 255, (16, SIZE, SIZE, 3)).astype(np.float32)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    network(Application(name).preprocess(pictures), training=True)
    *_, kernel = [weight for weight in network.trainable_weights if weight.path.endswith("kernel")]
    kernel.assign(kernel * 20)
    return network


@pytest.mark.slow
@pytest.mark.parametrize(("name", "arguments", "hidden"), CONSTRUCTORS)
def test_its_layers_on_the_pooled_feature_give_what_the_whole_network_gives(
    name, arguments, hidden, tmp_path
):
    network, path = whole_network(name, arguments, 9), tmp_path / "whole.weights.h5"
    network.save_weights(path)
    without = getattr(keras.applications, name)(
        include_top=False, weights=None, input_shape=(SIZE, SIZE, 3), pooling="avg", **arguments
    )
    without.set_weights(network.get_weights()[: len(without.weights)])
    without.save_weights(tmp_path / "below.weights.h5")
    backbone = Application(
        name, image_size=SIZE, weights=str(tmp_path / "below.weights.h5"), arguments=arguments
    )

    top = backbone.load_top(str(path), 9)
    assert (top.hidden, top.num_outputs) == (hidden, 9)
    pictures = np.random.default_rng(1).uniform(0, 255, (6, SIZE, SIZE, 3)).astype(np.float32)
    inputs = backbone.preprocess(pictures)
    given = np.asarray(backbone.load_network()(inputs)["pooled"])
    for number, (kernel, bias) in enumerate(zip(top.kernels, top.biases, strict=True)):
        given = given @ kernel + bias
        if number < len(hidden):
            given = np.asarray(keras.activations.get(top.activation)(given))
    expected = np.asarray(network(inputs))
    assert expected.std(axis=0).max() > 1e-3
    np.testing.assert_allclose(keras.ops.softmax(given), expected, rtol=0, atol=1e-5)


SMALL = {"image_size": SIZE, "arguments": {"alpha": 0.35}}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A classifier of 1,000 classes in Keras's older format, and what is below its top."""
    folder = tmp_path_factory.mktemp("classifier")
    network = whole_network("MobileNetV2", SMALL["arguments"], 1000)
    without = keras.applications.MobileNetV2(
        include_top=False, weights=None, input_shape=(SIZE, SIZE, 3), pooling="avg", **SMALL["arguments"]
    )
    without.set_weights(network.get_weights()[: len(without.weights)])
    network.save_weights(folder / "whole.weights.h5")
    network.save(folder / "whole.h5")
    without.save_weights(folder / "below.weights.h5")
    return folder, network.get_weights()[-2:]


@pytest.fixture
def keras_home(tmp_path, monkeypatch):
    """An empty cache of Keras, without a network."""
    monkeypatch.setattr("keras.src.utils.file_utils.config.keras_home", lambda: str(tmp_path))
    path = "http://127.0.0.1:9/"
    monkeypatch.setattr("keras.src.applications.mobilenet_v2.BASE_WEIGHT_PATH", path)
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


@pytest.mark.filterwarnings("ignore:.*input_shape.*undefined:UserWarning")
def test_imagenet_weights_are_those_that_keras_keeps_in_its_own_format(files, keras_home):
    folder, (kernel, bias) = files
    cached = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224.h5"
    shutil.copy(folder / "whole.h5", keras_home / cached)
    backbone = Application("MobileNetV2", weights=str(folder / "below.weights.h5"), **SMALL)

    top = backbone.load_top("imagenet")
    np.testing.assert_array_equal(top.kernels[-1], kernel)
    np.testing.assert_array_equal(top.biases[-1], bias)


@pytest.mark.filterwarnings("ignore:.*input_shape.*undefined:UserWarning")
def test_without_a_network_it_says_which_file_will_do(keras_home):
    with pytest.raises(FetchError, match="`weights: PATH` of the head"):
        Application("MobileNetV2", **SMALL).load_top("imagenet")


def test_a_top_of_other_weights_is_refused(files, backbone_weights):
    folder, _ = files
    backbone = Application("MobileNetV2", weights=str(backbone_weights), **SMALL)
    with pytest.raises(ConfigError, match=r"stands on other weights .*: their features differ by \d+%"):
        backbone.load_top(str(folder / "whole.weights.h5"))


@pytest.mark.parametrize(
    ("path", "num_classes", "said"),
    [
        ("none.weights.h5", None, "expected one made with include_top=True"),
        ("below.weights.h5", None, "a top of 1000 classes"),
        ("whole.weights.h5", 10, "a top of 10 classes"),
        ("whole.keras", None, "is not a Keras weights file|There is no weights file"),
    ],
)
def test_a_file_that_is_not_of_this_classifier_is_refused(files, path, num_classes, said):
    backbone = Application("MobileNetV2", weights=str(files[0] / "below.weights.h5"), **SMALL)
    with pytest.raises(ModelError, match=said):
        backbone.load_top(str(files[0] / path), num_classes)


def test_a_top_that_does_not_stand_on_the_pooled_feature_is_refused(files):
    folder, _ = files
    pooled = Application("MobileNetV2", weights=str(folder / "below.weights.h5"), pooling="max", **SMALL)
    with pytest.raises(ConfigError, match="stands on the average of the last map: received `pooling: max`"):
        pooled.load_top(str(folder / "whole.weights.h5"))
    normalised = Application("ConvNeXtTiny", image_size=SIZE, pooling="none")
    with pytest.raises(ConfigError, match="received `pooling: none`, expected `avg`"):
        normalised.load_top("convnext.weights.h5")


def test_a_top_of_other_layers_than_dense_ones_on_the_average_is_refused():
    vgg = keras.applications.VGG16(weights=None, input_shape=(SIZE, SIZE, 3), classes=3)
    with pytest.raises(
        ConfigError, match=r"is not made of dense layers on the average .*: it has no global average"
    ):
        top_of(vgg, vgg)
    images = keras.Input((SIZE, SIZE, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(images)
    below = keras.Model(images, pooled)
    scaled = keras.layers.Dense(4)(keras.layers.BatchNormalization()(pooled))
    with pytest.raises(ConfigError, match="it has a layer of the type BatchNormalization"):
        top_of(keras.Model(images, scaled), below)
    crossed = keras.layers.Dense(4)(keras.layers.Add()([keras.layers.Dense(3)(pooled), pooled]))
    with pytest.raises(ConfigError, match="does not stand on"):
        top_of(keras.Model(images, crossed), below)
