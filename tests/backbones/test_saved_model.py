"""A SavedModel folder becomes a backbone: its graph as data, its constants as weights, and nothing else of it runs."""

import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf

from hydranet import (
    ConfigError,
    Drawings,
    Experiment,
    FeaturesConfig,
    FineTuning,
    HydraNet,
    ModelError,
    Predictor,
    Run,
    SavedModel,
    SingleLabel,
    Trunk,
    export,
    train,
    verify,
)
from hydranet.testing import check_backbone

layers = keras.layers
SIZE = 32


class Feature(tf.Module):
    """What TensorFlow Hub's feature vectors are: an object that is called with pictures in [0, 1], and `training`."""

    def __init__(self):
        super().__init__()
        self.kernel = tf.Variable(tf.random.stateless_normal((3, 3, 3, 12), (0, 1)))
        self.mean = tf.Variable(tf.linspace(0.0, 1.0, 12))

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3)), tf.TensorSpec((), tf.bool)])
    def __call__(self, images, training):
        feature_map = tf.nn.relu(tf.nn.conv2d(images, self.kernel, 2, "SAME") - self.mean)
        return tf.cond(training, lambda: tf.zeros_like(feature_map), lambda: feature_map)

    @tf.function(input_signature=[tf.TensorSpec((None, SIZE, SIZE, 3), name="pictures")])
    def several(self, pictures):
        feature_map = tf.nn.conv2d(pictures, self.kernel, 2, "SAME")
        return {"default": tf.reduce_mean(feature_map, (1, 2)), "map": feature_map}


class Plain(tf.Module):
    """An object that is called without `training`."""

    def __init__(self, function):
        super().__init__()
        self.weights = tf.Variable(tf.random.stateless_normal((3, 5), (0, 1)))
        self._function = function

    @tf.function(input_signature=[tf.TensorSpec((None, SIZE, SIZE, 3))])
    def __call__(self, images):
        return self._function(self, images)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """As `model.export` leaves it, with batch normalisation and dropout."""
    keras.utils.set_random_seed(0)
    block = [layers.Conv2D(8, 3, strides=2), layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.5)]
    model = keras.Sequential([keras.Input((SIZE, SIZE, 3)), *block, layers.GlobalAveragePooling2D()])
    block[1].set_weights([values + 0.1 for values in block[1].get_weights()])
    path = tmp_path_factory.mktemp("exported") / "network"
    model.export(path, verbose=False)
    return str(path)


@pytest.fixture(scope="module")
def called(tmp_path_factory):
    module, path = Feature(), tmp_path_factory.mktemp("called") / "feature"
    tf.saved_model.save(module, str(path), signatures={"several": module.several})
    return str(path)


@pytest.fixture
def plain(tmp_path):
    def save(function):
        path = tmp_path / "plain"
        tf.saved_model.save(Plain(function), str(path))
        return SavedModel(path=str(path), scaling="0..1", image_size=SIZE)

    return save


def images(count=3, size=SIZE):
    return np.random.default_rng(0).uniform(0, 255, (count, size, size, 3)).astype(np.float32)


@pytest.mark.slow
def test_it_keeps_the_contract(exported, called):
    check_backbone(SavedModel(path=exported, scaling="-1..1", image_size=SIZE))
    check_backbone(SavedModel(path=called, scaling="0..1", image_size=[32, 48], pooled="last"))


def test_features_are_those_that_the_folder_itself_gives(exported, called):
    network, feature = tf.saved_model.load(exported), tf.saved_model.load(called)
    of_signature = network.signatures["serving_default"](tf.constant(images() / 127.5 - 1))["output_0"]
    feature_map = feature(tf.constant(images(size=40) / 255), False)
    several = feature.signatures["several"](pictures=tf.constant(images() / 255))

    def given(path, **settings):
        backbone = SavedModel(**{"path": path, "scaling": "0..1", "image_size": SIZE, **settings})
        return Trunk(backbone, features=backbone.features)(backbone_images(backbone))

    def backbone_images(backbone):
        return images(size=backbone.image_shape[0])

    np.testing.assert_allclose(given(exported, scaling="-1..1")["pooled"], of_signature, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(
        given(called, image_size=40, pooled="last")["map"], feature_map, rtol=1e-5, atol=1e-5
    )
    for output in ("default", "map"):
        pooled = given(called, signature="several", output=output)["pooled"]
        np.testing.assert_allclose(pooled, several["default"], rtol=1e-5, atol=1e-5)


def test_it_is_the_same_each_time_that_it_is_read(exported):
    backbone = SavedModel(path=exported, scaling="-1..1", image_size=SIZE)
    first, second = Trunk(backbone), Trunk(backbone)
    assert first.fingerprint("pooled") == second.fingerprint("pooled")


def test_a_saved_model_needs_the_folder_no_more(exported, tmp_path):
    path = tmp_path / "copy"
    shutil.copytree(exported, path)
    backbone = SavedModel(path=str(path), scaling="-1..1", image_size=SIZE)
    model = HydraNet(backbone, [SingleLabel(name="cats_dogs", classes=("cat", "dog"))])
    expected = model.predict(images(), verbose=0)
    model.save(tmp_path / "hydra.keras")
    shutil.rmtree(path)

    loaded = HydraNet.load(tmp_path / "hydra.keras")

    np.testing.assert_array_equal(loaded.predict(images(), verbose=0)["cats_dogs"], expected["cats_dogs"])
    assert loaded.fingerprints() == model.fingerprints()
    assert not loaded.trunk.trainable_weights


def reads_a_file(module, images):
    size = tf.strings.length(tf.io.read_file("/etc/passwd"))
    return tf.reduce_mean(images, (1, 2)) @ module.weights + tf.cast(size, tf.float32)


def calls_python(module, images):
    return tf.ensure_shape(
        tf.numpy_function(np.square, [tf.reduce_mean(images, (1, 2))], tf.float32), (None, 3)
    )


def prints(module, images):
    tf.print(tf.reduce_mean(images))
    return tf.reduce_mean(images, (1, 2)) @ module.weights


@pytest.mark.parametrize(
    ("function", "operation"), [(reads_a_file, "ReadFile"), (calls_python, "PyFunc"), (prints, "PrintV2")]
)
def test_operations_that_do_more_than_compute_are_refused(plain, function, operation):
    backbone = plain(function)
    with pytest.raises(ModelError, match=rf"may do more than compute: .*{operation}"):
        backbone.load_network()


def test_a_graph_that_was_changed_in_a_file_is_refused():
    from hydranet.backbones._frozen_graph import FrozenGraph

    with tf.Graph().as_default() as graph:
        given = tf.compat.v1.placeholder(tf.float32, (None, 3), name="given")
        with tf.control_dependencies([tf.io.write_file("/tmp/never", "")]):
            tf.identity(given, name="output")
    import base64

    text = base64.b64encode(graph.as_graph_def().SerializeToString()).decode()
    with pytest.raises(ModelError, match="WriteFile"):
        FrozenGraph(text, "given:0", "output:0", {})
    with pytest.raises(ModelError, match="damaged"):
        FrozenGraph("%", "given:0", "output:0", {})


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"scaling": "0..2"}, ConfigError, "Unknown scaling '0..2'"),
        ({"signature": "severel"}, ConfigError, "Unknown signature 'severel'. Did you mean 'several'"),
        ({"signature": "several"}, ConfigError, r"received None, expected one of .*map \(None, 16, 16, 12\)"),
        (
            {"signature": "several", "output": "default", "pooled": "last"},
            ConfigError,
            r"gives \(12,\) for a picture",
        ),
        ({"signature": "several", "image_size": 40}, ConfigError, "can't be called with pictures of 40 px"),
        ({"path": "nowhere"}, ModelError, "nowhere is no SavedModel: expected a folder with saved_model.pb"),
    ],
)
def test_what_is_wrong_is_said(called, settings, error, message):
    backbone = SavedModel(**{"path": called, "scaling": "0..1", "image_size": SIZE, **settings})
    with pytest.raises(error, match=message):
        backbone.load_network()


def test_a_damaged_folder_is_said(exported, tmp_path):
    shutil.copytree(exported, tmp_path / "half")
    (tmp_path / "half" / "saved_model.pb").write_bytes(b"\x00\x01")
    with pytest.raises(ModelError, match="half can't be read"):
        SavedModel(path=str(tmp_path / "half"), scaling="0..1", image_size=SIZE).load_network()


def test_it_is_frozen_only(exported):
    backbone = SavedModel(path=exported, scaling="-1..1", image_size=SIZE)
    task = SingleLabel(name="cats_dogs", data=Drawings("cats_dogs", 4, 2))
    with pytest.raises(ConfigError, match="network is frozen only: leave `fine_tuning` out"):
        Experiment(
            tasks={"cats_dogs": task}, backbone=backbone, fine_tuning=(FineTuning(unfreeze="1 block"),)
        )


@pytest.mark.slow
def test_a_run_on_it_is_whole_answers_on_engines_and_is_exported(exported, tmp_path):
    path = tmp_path / "network"
    shutil.copytree(exported, path)
    experiment = Experiment(
        tasks={"cats_dogs": SingleLabel(name="cats_dogs", data=Drawings("cats_dogs", 8, 4))},
        backbone=SavedModel(path=str(path), scaling="-1..1", image_size=SIZE),
        features=FeaturesConfig(dir=str(tmp_path / "features")),
    )
    train(experiment, tmp_path / "run")
    shutil.rmtree(path)

    run = Run(tmp_path / "run")
    assert [check.status for check in verify(run.model)] == ["ok"]
    picture = images(1)[0].astype(np.uint8)
    expected = Predictor(run, engine="tensorflow").predict([picture])[0]["cats_dogs"]
    for engine in ("litert", "onnxruntime", "openvino"):
        answer = Predictor(run, engine=engine).predict([picture])[0]["cats_dogs"]
        assert answer.probability == pytest.approx(expected.probability, abs=1e-4)
    for file_format in ("saved_model", "onnx"):
        report = export(run, tmp_path / file_format, file_format=file_format)
        assert max(report.largest_differences.values()) < 1e-4
