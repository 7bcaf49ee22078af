"""Tails: the top of a backbone as a layer of its own, which says what the backbone says until it is trained."""

from itertools import chain

import keras
import numpy as np
import pytest
import tensorflow as tf

from hydranet.backbones._blocks import unfreezing_cut
from hydranet.model._tail import Tail


@pytest.fixture(scope="module")
def cut(backbone):
    """A cut within a block."""
    return unfreezing_cut(backbone.network, "block_13_project")


@pytest.fixture(scope="module")
def tail(backbone, cut):
    """A tail that tests share and must not change."""
    return Tail.of(backbone, cut)


@pytest.fixture(scope="module")
def activations(backbone, cut, images):
    return np.asarray(backbone.trunk(cut)(images))


def values(layer):
    return {weight.path: weight.numpy() for weight in layer.weights}


@pytest.mark.parametrize("unfreeze", ["all", "8 blocks", "Conv_1"])
def test_trunk_and_tail_are_the_backbone(backbone, images, unfreeze):
    cut = unfreezing_cut(backbone.network, unfreeze)
    trunk, tail = backbone.trunk(cut), Tail.of(backbone, cut)
    activations = trunk(images)

    assert trunk.feature_shape == tail.activation_shape == cut.shape == activations.shape[1:]
    assert tail.feature_shape == backbone.feature_shape
    assert tail.compute_output_shape((None, *cut.shape)) == (None, *tail.feature_shape)
    assert len(trunk.weights) + len(tail.weights) == len(backbone.weights)
    np.testing.assert_array_equal(tail(activations), backbone(images))


def test_it_runs_in_inference_mode_whatever_training_says(tail, activations, monkeypatch):
    monkeypatch.setattr(tail, "trainable", True)  # a frozen BatchNorm would be in inference mode anyway
    before = values(tail)

    np.testing.assert_array_equal(tail(activations, training=True), tail(activations, training=False))
    for path, value in values(tail).items():
        np.testing.assert_array_equal(value, before[path], err_msg=path)


def test_fit_trains_its_weights_but_moves_no_batch_norm_statistic_and_not_the_backbone(
    backbone, cut, activations
):
    tail, pretrained = Tail.of(backbone, cut), values(backbone)
    tail.trainable = True
    before = values(tail)
    inputs = keras.Input(tail.activation_shape)
    model = keras.Model(inputs, keras.layers.Dense(1)(tail(inputs)))
    model.compile("sgd", "mse", run_eagerly=True)

    model.fit(activations, np.ones((12, 1), np.float32), verbose=0)

    moved = {path for path, value in values(tail).items() if not np.array_equal(value, before[path])}
    assert {path.rsplit("/", 1)[1] for path in moved} == {"kernel", "gamma", "beta"}
    for path, value in values(backbone).items():
        np.testing.assert_array_equal(value, pretrained[path], err_msg=path)


def test_once_unfrozen_a_gradient_reaches_every_weight(tail, activations, monkeypatch):
    assert tail.trainable_variables == []
    monkeypatch.setattr(tail, "trainable", True)

    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tail(tf.constant(activations), training=True) ** 2)
    gradients = tape.gradient(loss, [variable.value for variable in tail.trainable_variables])

    assert len(gradients) == len([path for path in values(tail) if "moving" not in path])
    for variable, gradient in zip(tail.trainable_variables, gradients, strict=True):
        assert gradient is not None, variable.path
        assert np.isfinite(gradient).all(), variable.path
        assert np.any(gradient), variable.path


@pytest.mark.parametrize(("low", "high"), [("all", "2 blocks"), ("3 blocks", "Conv_1")])
def test_what_is_above_a_higher_cut_is_a_part_of_the_same_layers(backbone, images, low, high):
    tail = Tail.of(backbone, unfreezing_cut(backbone.network, low))
    cut = unfreezing_cut(backbone.network, high)
    part = tail.above(cut)
    activations = backbone.trunk(cut)(images)
    before = tail.fingerprint()

    np.testing.assert_array_equal(part(activations, training=False), backbone(images))
    assert {id(weight) for weight in part.weights} < {id(weight) for weight in tail.weights}
    part.set_weights([weight + 1 for weight in part.get_weights()])
    assert tail.fingerprint() != before


def test_layers_come_block_by_block_from_the_cut_to_the_output(tail):
    names = [[layer.name for layer in block] for block in tail.layers_by_block()]

    assert [block[0] for block in names] == [
        "block_13_project", "block_14_expand", "block_15_expand", "block_16_expand",
    ]  # fmt: skip
    assert [*chain(*names)] == [layer.name for layer in tail.network.layers[1:]]


def test_it_survives_saving(backbone, tail, activations, tmp_path):
    inputs = keras.Input(tail.activation_shape)
    keras.Model(inputs, tail(inputs)).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras").layers[-1]

    assert isinstance(loaded, Tail)
    assert loaded.get_config() == tail.get_config()
    assert loaded.fingerprint() == tail.fingerprint()
    np.testing.assert_array_equal(loaded(activations, training=True), tail(activations))
    cut = unfreezing_cut(backbone.network, "1 block")
    for one, two in zip(loaded.above(cut).get_weights(), tail.above(cut).get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
