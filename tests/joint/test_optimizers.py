"""Parameter groups: each learns and decays at its own rate, exactly, on one device or several, or not at all."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from hydranet.errors import ConfigError
from hydranet.fine_tuning import GradientSteps
from hydranet.joint._optimizers import (
    GroupedAdam,
    ParameterGroup,
    learning_rate_schedule,
    new_optimizer,
)

WAYS = {
    "eager": lambda step: step,
    "graph": tf.function(autograph=False),
    "xla": tf.function(autograph=False, jit_compile=True),
}


def gradients(variables, step):
    rng = np.random.default_rng(step)
    return [tf.constant(rng.normal(size=variable.shape), tf.float32) for variable in variables]


def run(optimizer, variables, steps, way="graph"):
    """Apply the gradients of each step, which are the same for the same step and shapes."""
    variables = list(variables)

    def apply(*values):
        optimizer.apply(values, variables)

    apply = WAYS[way](apply)
    for step in steps:
        apply(*gradients(variables, step))


def values(variables):
    return [variable.numpy() for variable in variables]


def network():
    keras.utils.set_random_seed(0)
    layers = [
        keras.layers.Conv2D(4, 3),
        keras.layers.DepthwiseConv2D(3),
        keras.layers.BatchNormalization(),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(3),
    ]
    return keras.Sequential([keras.Input((8, 8, 3)), *layers])


def two_groups():
    """Return the lower and the upper variables of a network, and an optimizer that treats them differently."""
    variables = network().trainable_variables
    lower, upper = variables[:4], variables[4:]
    groups = [ParameterGroup(lower, 0.1, weight_decay=0.5), ParameterGroup(upper, weight_decay=0.2)]
    schedule = learning_rate_schedule(0.05, schedule="cosine", warmup_steps=2, num_steps=8)
    return lower, upper, GroupedAdam(groups, schedule)


def adamw_by_hand(value, updates, learning_rate, weight_decay):
    """Return `value` after AdamW's updates, as the paper writes them, in double precision."""
    value, first, second = value.astype(np.float64), 0.0, 0.0
    for step, gradient in enumerate(updates, start=1):
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        scale = np.sqrt(second / (1 - 0.999**step))
        adam = first / (1 - 0.9**step) / (scale + 1e-7 / np.sqrt(1 - 0.999**step))
        value = value - learning_rate * (adam + weight_decay * value)
    return value


@pytest.mark.parametrize("name", ["adamw", "adam", "sgd", "rmsprop"])
def test_each_optimizer_steps_as_keras_does_by_the_share_of_the_group(name):
    start, steps = np.float32([[1.0, -2.0]]), np.float32([[[0.3, 1.0]], [[-2.0, 0.1]], [[0.5, 0.5]]])
    ours, theirs = keras.Variable(start), keras.Variable(start)
    settings = GradientSteps(optimizer=name, weight_decay=0.0)
    optimizer = new_optimizer(settings, [ParameterGroup([ours], 0.25)], 0.4)
    expected = {
        "adamw": keras.optimizers.AdamW(0.1, weight_decay=0.0),
        "adam": keras.optimizers.Adam(0.1),
        "sgd": keras.optimizers.SGD(0.1, momentum=0.9),
        "rmsprop": keras.optimizers.RMSprop(0.1),
    }[name]
    for gradient in steps:
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [ours])
        expected.apply([keras.ops.convert_to_tensor(gradient)], [theirs])
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


@pytest.mark.parametrize("name", ["adamw", "adam", "sgd", "rmsprop"])
def test_weight_decay_is_apart_from_the_gradient_whatever_the_optimizer(name):
    kernel, bias = keras.Variable([[2.0]]), keras.Variable([2.0])
    settings = GradientSteps(optimizer=name, weight_decay=0.5)
    optimizer = new_optimizer(settings, [ParameterGroup([kernel, bias], weight_decay=settings.decay)], 0.1)
    optimizer.apply([keras.ops.zeros((1, 1)), keras.ops.zeros(1)], [kernel, bias])
    np.testing.assert_allclose(kernel, [[2.0 * (1 - 0.1 * 0.5)]], rtol=1e-6)
    np.testing.assert_array_equal(bias, [2.0])


def test_the_same_gradients_move_a_group_by_exactly_its_share():
    slow, fast = keras.Variable(np.zeros((3, 2))), keras.Variable(np.zeros((3, 2)))
    optimizer = GroupedAdam([ParameterGroup([slow], 0.25), ParameterGroup([fast])], 0.1)
    for step in range(4):
        [gradient] = gradients([fast], step)
        optimizer.apply([gradient, gradient], [slow, fast])

        assert (fast.numpy() != 0).all()
        np.testing.assert_array_equal(slow.numpy(), 0.25 * fast.numpy())


@pytest.mark.parametrize("way", WAYS)
def test_each_group_follows_adamw_at_its_own_rate_and_decay(way):
    rates = [(1.0, 0.0), (1.0, 0.5), (0.1, 0.5), (0.03, 3.0)]
    start = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    variables = [keras.Variable(start) for _ in rates]
    groups = [ParameterGroup([variable], *rate) for variable, rate in zip(variables, rates, strict=True)]
    run(GroupedAdam(groups, 0.1), variables, range(6), way)

    for index, (multiplier, weight_decay) in enumerate(rates):
        updates = [gradients(variables, step)[index].numpy() for step in range(6)]
        expected = adamw_by_hand(start, updates, 0.1 * multiplier, weight_decay)
        # In float32, Keras loses digits of 1 - 0.999 ** step.
        np.testing.assert_allclose(variables[index].numpy(), expected, atol=1e-5)


def test_one_group_is_adamw_that_spares_biases_and_normalisation():
    ours, keras_own = network().trainable_variables, network().trainable_variables
    adamw = keras.optimizers.AdamW(0.05, weight_decay=2.0)
    adamw.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    adamw.build(keras_own)
    run(GroupedAdam([ParameterGroup(ours, weight_decay=2.0)], 0.05), ours, range(6))
    run(adamw, keras_own, range(6))

    for one, other in zip(ours, keras_own, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-6, atol=1e-7, err_msg=one.path)


def test_variables_left_out_stay_bit_identical_with_their_moments():
    lower, upper, optimizer = two_groups()
    run(optimizer, lower + upper, range(3))
    _, *moments = optimizer.variables  # behind the count of steps, two for each variable
    of_lower, of_upper = moments[: 2 * len(lower)], moments[2 * len(lower) :]
    still, moving = values([*upper, *of_upper]), values([*lower, *of_lower])
    run(optimizer, lower, range(3, 6))

    for before, after in zip(still, values([*upper, *of_upper]), strict=True):
        np.testing.assert_array_equal(after, before)
    for before, after in zip(moving, values([*lower, *of_lower]), strict=True):
        assert (after != before).all()
    assert optimizer.iterations.numpy() == 6


def test_a_variable_without_a_gradient_is_left_out_with_a_warning():
    used, unused = (keras.Variable(np.ones((2, 2)), name=name) for name in ("used", "unused"))
    optimizer = GroupedAdam([ParameterGroup([used, unused], weight_decay=0.5)], 0.1)
    run(optimizer, [used, unused], range(2))
    before = unused.numpy()
    with pytest.warns(UserWarning, match=r"Gradients do not exist for variables \['unused'\]"):
        optimizer.apply([tf.ones((2, 2)), None], [used, unused])

    np.testing.assert_array_equal(unused.numpy(), before)
    with pytest.raises(ValueError, match="No gradients provided for any variable"):
        optimizer.apply([None, None], [used, unused])


@pytest.mark.parametrize("by", ["values", "checkpoint"])
def test_an_optimizer_restored_goes_on_bit_identically(by, tmp_path):
    lower, upper, optimizer = two_groups()
    run(optimizer, lower + upper, range(3))
    new_lower, new_upper, restored = two_groups()
    if by == "values":
        for new, old in zip(restored.variables, optimizer.variables, strict=True):
            new.assign(old.numpy())
    else:
        path = tf.train.Checkpoint(optimizer=optimizer).save(tmp_path / "checkpoint")
        tf.train.Checkpoint(optimizer=restored).restore(path).assert_consumed()
    for new, old in zip(new_lower + new_upper, lower + upper, strict=True):
        new.assign(old.numpy())
    run(optimizer, lower + upper, range(3, 6))
    run(restored, new_lower + new_upper, range(3, 6))

    for new, old in zip(new_lower + new_upper, lower + upper, strict=True):
        np.testing.assert_array_equal(new.numpy(), old.numpy())


# A process has one strategy at most that it can rely on.
_TWO_DEVICES = """
import keras, numpy as np, tensorflow as tf
from hydranet.joint._optimizers import GroupedAdam, ParameterGroup, learning_rate_schedule

[cpu] = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
SHAPES = {"kernel": (3, 2), "bias": (2,), "head": (2, 4)}

def train(strategy, learning_rate):
    rng = np.random.default_rng(0)
    with strategy.scope():
        start = {name: rng.normal(size=shape) for name, shape in SHAPES.items()}
        variables = {name: keras.Variable(value, name=name) for name, value in start.items()}
        below, head = [variables["kernel"], variables["bias"]], [variables["head"]]
        groups = [ParameterGroup(below, 0.1, weight_decay=3.0), ParameterGroup(head, weight_decay=0.5)]
        optimizer = GroupedAdam(groups, learning_rate)

    @tf.function(autograph=False)
    def step(number, with_head):
        trained = below + head if with_head else below
        def replica_step():
            context = tf.distribute.get_replica_context()
            share = tf.cast(context.replica_id_in_sync_group + 1, tf.float32)
            share /= sum(range(1, strategy.num_replicas_in_sync + 1))
            seeds = [tf.stack([number, index]) for index in range(3)]
            gradients = [
                share * tf.random.stateless_normal(variable.shape, seed)
                for variable, seed in zip(trained, seeds, strict=False)
            ]
            optimizer.apply(gradients, trained)
        strategy.run(replica_step)

    def copies():
        tensors = [*variables.values(), *optimizer.variables]
        return [[copy.numpy() for copy in strategy.experimental_local_results(each.value)] for each in tensors]

    for number in range(3):
        step(tf.constant(number), with_head=True)
    stopped = head[0].numpy()
    for number in range(3, 6):
        step(tf.constant(number), with_head=False)
    np.testing.assert_array_equal(head[0].numpy(), stopped)
    assert optimizer.iterations.numpy() == 6
    return copies()

mirrored = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
schedule = learning_rate_schedule(0.05, schedule="cosine", warmup_steps=2, num_steps=8)
for learning_rate in (0.05, schedule):
    alone, together = train(tf.distribute.get_strategy(), learning_rate), train(mirrored, learning_rate)
    for [expected], [first, second] in zip(alone, together, strict=True):
        np.testing.assert_array_equal(first, second)
        np.testing.assert_allclose(first, expected, rtol=1e-5, atol=1e-6)
print("equal")
"""


@pytest.mark.slow
def test_two_devices_give_what_one_does(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", _TWO_DEVICES], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.splitlines()[-1:] == ["equal"], done.stderr


@pytest.mark.parametrize(
    ("schedule", "warmup_steps", "num_steps", "expected"),
    [
        ("constant", 0, 10, {0: 0.5, 5: 0.5, 9: 0.5, 10: 0.5, 1000: 0.5}),
        ("constant", 4, 10, {0: 0.1, 1: 0.2, 3: 0.4, 4: 0.5, 9: 0.5, 1000: 0.5}),
        ("cosine", 0, 10, {0: 0.5, 5: 0.25, 9: 0.25 * (1 + np.cos(0.9 * np.pi)), 10: 0, 1000: 0}),
        ("cosine", 4, 10, {0: 0.1, 3: 0.4, 4: 0.5, 7: 0.25, 10: 0, 1000: 0}),
        ("cosine", 4, 4, {0: 0.1, 3: 0.4, 4: 0.5}),
        ("cosine", 0, 1, {0: 0.5}),
    ],
)
def test_the_rate_rises_in_a_line_and_stays_or_falls_along_a_cosine(
    schedule, warmup_steps, num_steps, expected
):
    rate = learning_rate_schedule(0.5, schedule=schedule, warmup_steps=warmup_steps, num_steps=num_steps)
    compiled = tf.function(rate, autograph=False)
    for step, value in expected.items():
        assert float(rate(step)) == pytest.approx(value, abs=1e-7)
        assert float(compiled(tf.constant(step, tf.int64))) == pytest.approx(value, abs=1e-7)


@pytest.mark.parametrize("warmup_steps", [-1, 6])
def test_a_warm_up_longer_than_the_run_is_refused(warmup_steps):
    with pytest.raises(ConfigError, match=rf"in \[0, 5\], the steps of the run: received {warmup_steps}"):
        learning_rate_schedule(0.5, schedule="cosine", warmup_steps=warmup_steps, num_steps=5)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("learning_rate_multiplier", 0.0), ("learning_rate_multiplier", -1), ("weight_decay", -0.1),
        ("learning_rate_multiplier", float("nan")), ("weight_decay", float("inf")),
    ],
)  # fmt: skip
def test_numbers_out_of_range_are_refused(field, value):
    with pytest.raises(ConfigError, match=f"{field} must be .* and finite: received {value}"):
        ParameterGroup([], **{field: value})


def test_a_variable_in_two_groups_is_refused_and_so_is_weight_decay_beside_that_of_the_groups():
    kernel, bias = keras.Variable([[1.0]], name="kernel"), keras.Variable([1.0], name="bias")
    groups = [ParameterGroup([kernel, bias]), ParameterGroup([kernel], 0.1)]
    with pytest.raises(ConfigError, match="kernel is in the parameter groups twice"):
        GroupedAdam(groups, 0.1)
    with pytest.raises(TypeError, match="weight_decay"):
        GroupedAdam(groups[:1], 0.1, weight_decay=0.1)
