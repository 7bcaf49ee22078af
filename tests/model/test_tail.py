"""Tails: the top of a backbone as a layer of its own, which says what the backbone says until it is trained."""

from itertools import chain

import keras
import numpy as np
import pytest
import tensorflow as tf

from hydranet.model._tail import Tail


@pytest.fixture(scope="module")
def cut(trunk):
    """A cut within a block."""
    return trunk.find_cut("block_13_project")


@pytest.fixture(scope="module")
def tail(trunk, cut):
    """A tail that tests share and must not change."""
    return Tail.of(trunk, cut)


@pytest.fixture(scope="module")
def activations(trunk, cut, images):
    return np.asarray(trunk.below(cut)(images)["activation"])


def values(layer):
    return {weight.path: weight.numpy() for weight in layer.weights}


@pytest.mark.parametrize("unfreeze", ["all", "8 blocks", "Conv_1"])
def test_trunk_and_tail_are_the_backbone(trunk, images, unfreeze):
    cut = trunk.find_cut(unfreeze)
    lower, tail = trunk.below(cut), Tail.of(trunk, cut)
    activations = lower(images)["activation"]

    assert lower.feature_shapes == {"activation": cut.shape}
    assert tail.activation_shape == cut.shape == activations.shape[1:]
    assert tail.feature_shapes == trunk.feature_shapes
    assert tail.compute_output_shape((None, *cut.shape)) == {"pooled": (None, 1280)}
    assert len(lower.weights) + len(tail.weights) == len(trunk.weights)
    np.testing.assert_array_equal(tail(activations)["pooled"], trunk(images)["pooled"])


def test_it_runs_in_inference_mode_whatever_training_says(tail, activations, monkeypatch):
    monkeypatch.setattr(tail, "trainable", True)  # a frozen BatchNorm would be in inference mode anyway
    before = values(tail)

    training, inference = (tail(activations, training=training)["pooled"] for training in (True, False))
    np.testing.assert_array_equal(training, inference)
    for path, value in values(tail).items():
        np.testing.assert_array_equal(value, before[path], err_msg=path)


def test_fit_trains_its_weights_but_moves_no_batch_norm_statistic_and_not_the_backbone(
    trunk, cut, activations
):
    tail, pretrained = Tail.of(trunk, cut), values(trunk)
    tail.trainable = True
    before = values(tail)
    inputs = keras.Input(tail.activation_shape)
    model = keras.Model(inputs, keras.layers.Dense(1)(tail(inputs)["pooled"]))
    model.compile("sgd", "mse", run_eagerly=True)

    model.fit(activations, np.ones((12, 1), np.float32), verbose=0)

    moved = {path for path, value in values(tail).items() if not np.array_equal(value, before[path])}
    assert {path.rsplit("/", 1)[1] for path in moved} == {"kernel", "gamma", "beta"}
    for path, value in values(trunk).items():
        np.testing.assert_array_equal(value, pretrained[path], err_msg=path)


def test_once_unfrozen_a_gradient_reaches_every_weight(tail, activations, monkeypatch):
    assert tail.trainable_variables == []
    monkeypatch.setattr(tail, "trainable", True)

    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tail(tf.constant(activations), training=True)["pooled"] ** 2)
    gradients = tape.gradient(loss, [variable.value for variable in tail.trainable_variables])

    assert len(gradients) == len([path for path in values(tail) if "moving" not in path])
    for variable, gradient in zip(tail.trainable_variables, gradients, strict=True):
        assert gradient is not None, variable.path
        assert np.isfinite(gradient).all(), variable.path
        assert np.any(gradient), variable.path


@pytest.mark.parametrize(("low", "high"), [("all", "2 blocks"), ("3 blocks", "Conv_1")])
def test_what_is_above_a_higher_cut_is_a_part_of_the_same_layers(trunk, images, low, high):
    tail = Tail.of(trunk, trunk.find_cut(low))
    cut = trunk.find_cut(high)
    part = tail.above(cut)
    activations = trunk.below(cut)(images)["activation"]
    before = tail.fingerprint("pooled")

    np.testing.assert_array_equal(part(activations, training=False)["pooled"], trunk(images)["pooled"])
    assert {id(weight) for weight in part.weights} < {id(weight) for weight in tail.weights}
    part.set_weights([weight + 1 for weight in part.get_weights()])
    assert tail.fingerprint("pooled") != before


def test_unfrozen_layers_come_block_by_block_from_the_cut_to_the_output(trunk):
    cut = trunk.find_cut("block_13_project")
    tail = Tail.of(trunk, cut)
    names = [[layer.name for layer in block] for block in tail.unfreeze(cut, ["pooled"])]

    assert [block[0] for block in names] == [
        "block_13_project", "block_14_expand", "block_15_expand", "block_16_expand",
    ]  # fmt: skip
    assert [*chain(*names)] == [layer.name for layer in tail.network.layers[1:]]


def test_layers_below_the_cut_of_a_tail_that_starts_further_below_do_not_learn(trunk):
    tail = Tail.of(trunk, trunk.find_cut("block_13_project"))
    names = [layer.name for block in tail.unfreeze(trunk.find_cut("1 block"), ["pooled"]) for layer in block]

    learning = {layer.name for layer in tail.network.layers if layer.trainable_variables}
    assert learning <= set(names)
    assert {name.split("_")[1] for name in names if name.startswith("block")} == {"16"}


@pytest.mark.slow
def test_it_survives_saving(trunk, tail, activations, tmp_path):
    inputs = keras.Input(tail.activation_shape)
    keras.Model(inputs, tail(inputs)).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras").layers[-1]

    assert isinstance(loaded, Tail)
    assert loaded.get_config() == tail.get_config()
    assert loaded.fingerprint("pooled") == tail.fingerprint("pooled")
    np.testing.assert_array_equal(loaded(activations, training=True)["pooled"], tail(activations)["pooled"])
    cut = trunk.find_cut("1 block")
    for one, two in zip(loaded.above(cut).get_weights(), tail.above(cut).get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.slow
def test_it_gives_what_heads_read_of_the_features_above_its_cut(new_trunk, images):
    trunk = new_trunk(features=["pooled", "map"])
    cut = trunk.find_cut("1 block")
    activations = trunk.below(cut)(images)["activation"]

    both = Tail.of(trunk, cut)
    one = both.giving(["map"])

    assert (both.features, one.features) == (("pooled", "map"), ("map",))
    assert {id(weight) for weight in one.weights} == {id(weight) for weight in both.weights}
    for name, feature in trunk(images).items():
        np.testing.assert_array_equal(both(activations)[name], feature)
    np.testing.assert_array_equal(one(activations)["map"], both(activations)["map"])
