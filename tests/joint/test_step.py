"""A step of joint training: what it computes, by hand, and what it must not touch."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from hydranet.balancing._famo import FAMO
from hydranet.balancing._static import Static
from hydranet.distribution import choose_distribution

SCRIPT = runpy.run_path(str(Path(__file__).parents[1] / "training" / "steps_on_replicas.py"))
TASKS = SCRIPT["TASKS"]
ACTIVE = tuple(TASKS)

every_method = pytest.mark.parametrize("method", SCRIPT["METHODS"], ids=lambda method: method.kind)


@pytest.fixture(scope="module")
def shared_world():
    world = SCRIPT["World"](choose_distribution())
    return world, world.model.arrays()


@pytest.fixture
def world(shared_world):
    """Pictures, tasks and a model, with the weights of the start."""
    world, start = shared_world
    world.model.set_arrays(start)
    return world


def by_hand(world, method, state, batch):
    """Return the losses, and the gradients in the order of `JointStep.gradients`, by one plain tape for everything."""
    model, part, losses, gradients = world.model, batch.of_replica[0], {}, []
    for group, tail in model.tails.items():
        members = [name for name, task in TASKS.items() if task.tail_group == group]
        with tf.GradientTape(persistent=True) as tape:
            features = tail(part["activations"])["pooled"]
            for name in members:
                each = TASKS[name].loss(part["labels"][name], model.heads[name](features))
                weights = part["weights"][name]
                losses[name] = tf.math.divide_no_nan(tf.reduce_sum(weights * each), tf.reduce_sum(weights))
            weighted = {name: TASKS[name].loss_weight * losses[name] for name in members}
        for name in members:
            gradients += tape.gradient(weighted[name], model.heads[name].trainable_variables)
        weights, _ = method.weigh(
            state[group],
            tf.stack([losses[name] for name in members]),
            tf.stack([tf.reduce_sum(tape.gradient(weighted[name], features), axis=0) for name in members]),
            tf.stack([tf.reduce_any(part["weights"][name] > 0) for name in members]),
        )
        of_tasks = [tape.gradient(weighted[name], tail.trainable_variables) for name in members]
        gradients += [
            sum(weight * one for weight, one in zip(weights, of_variable, strict=True))
            for of_variable in zip(*of_tasks, strict=True)
        ]
    return [losses[name] for name in ACTIVE], gradients


def copied(arrays):
    return {name: [array.copy() for array in weights] for name, weights in arrays.items()}


def changed(before, after):
    """Return, by part of the model, whether each of its weights has changed in any bit."""
    return {
        name: [not np.array_equal(one, two) for one, two in zip(before[name], after[name], strict=True)]
        for name in before
    }


@every_method
def test_the_gradients_are_those_of_the_balanced_sum_of_the_mean_losses(world, method):
    step = world.step(method)
    for batch in world.batches:
        _, expected = by_hand(world, method, step.state, batch)
        gradients = step.gradients(world.on_devices(batch), ACTIVE)
        for gradient, one in zip(gradients, expected, strict=True):
            np.testing.assert_allclose(gradient, one, rtol=0, atol=1e-6 * max(np.abs(one).max(), 1e-2))


def test_a_step_gives_the_mean_losses_of_the_weights_before_it(world):
    step = world.step(Static())
    for batch in world.batches:
        expected, _ = by_hand(world, Static(), step.state, batch)
        np.testing.assert_allclose(step(world.on_devices(batch), ACTIVE), expected, rtol=1e-6)


def test_a_task_without_a_label_in_the_batch_has_loss_0_and_no_gradient(world):
    _, batch = world.batches
    step = world.step(Static())
    gradients = step.gradients(world.on_devices(batch), ACTIVE)
    without = step.gradients(world.on_devices(batch), ("kind", "size"))
    num_kind, num_pair = (len(world.model.heads[name].trainable_variables) for name in ("kind", "pair"))

    assert batch.present.tolist() == [True, False, True]
    assert by_hand(world, Static(), step.state, batch)[0][1] == 0
    assert not any(gradient.any() for gradient in gradients[num_kind : num_kind + num_pair])
    for one, two in zip(gradients[:num_kind] + gradients[num_kind + num_pair :], without, strict=True):
        np.testing.assert_array_equal(one, two)


def test_what_stands_where_there_is_no_label_does_not_count(world):
    batch = world.batches[0]
    [part] = batch.of_replica.values()
    other = {
        name: tf.where(part["weights"][name] > 0, labels, tf.ones_like(labels))
        for name, labels in part["labels"].items()
    }
    step = world.step(Static())
    gradients = step.gradients(world.on_devices(batch), ACTIVE)
    replaced = batch._replace(of_replica={0: {**part, "labels": other}})

    assert any((other[name] != part["labels"][name]).numpy().any() for name in other)
    for one, two in zip(gradients, step.gradients(world.on_devices(replaced), ACTIVE), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("method", [Static(), FAMO()], ids=lambda method: method.kind)
def test_a_head_that_is_not_trained_stays_bit_identical_and_so_does_a_tail_of_its_own(world, method):
    step, batch = world.step(method), world.on_devices(world.batches[0])
    for _ in range(2):
        step(batch, ACTIVE)  # gives every weight momentum; there is weight decay too
    before, state = copied(world.model.arrays()), step.state
    for _ in range(3):
        losses = step(batch, ("kind",))

    assert losses.shape == (1,)
    now = changed(before, world.model.arrays())
    assert not any(now["head pair"] + now["head size"] + now["tail size"])
    assert all(now["head kind"])
    assert any(now["tail shared"])
    assert state["size"].keys() == step.state["size"].keys()
    for name, values in state["size"].items():
        np.testing.assert_array_equal(step.state["size"][name], values)


def test_everything_that_is_not_trainable_stays_bit_identical_and_all_else_learns(world):
    step, before = world.step(Static()), copied(world.model.arrays())
    for _ in range(3):
        for batch in world.batches:
            step(world.on_devices(batch), ACTIVE)
    now = changed(before, world.model.arrays())

    num_frozen = 0
    for part, network in {
        **{f"tail {group}": tail.network for group, tail in world.model.tails.items()},
        **{f"head {name}": head for name, head in world.model.heads.items()},
    }.items():
        learns = [any(weight is one for one in network.trainable_weights) for weight in network.weights]
        assert now[part] == learns, part
        num_frozen += learns.count(False)
    # Mean and variance in two tails; scale and offset too in the head, whose BatchNorm is frozen as a whole.
    assert num_frozen == 2 * 2 + 4
