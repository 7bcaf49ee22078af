"""Balancing: each method by its paper's formulas, and what all keep: absent tasks, order, shapes."""

import numpy as np
import pytest
import tensorflow as tf

from hydranet.balancing._balancing import Balancing
from hydranet.balancing._famo import FAMO
from hydranet.balancing._gradnorm import GradNorm
from hydranet.balancing._pcgrad import PCGrad
from hydranet.balancing._static import Static
from hydranet.balancing._uncertainty import Uncertainty
from hydranet.errors import ConfigError
from hydranet.settings._validate import validate

METHODS = [Static(), Uncertainty(), GradNorm(), PCGrad(), FAMO()]
every_method = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.kind)


def compiled(method, jit_compile=False):
    """Return one training step as a trainer runs it; without `losses_after`, they are 0.9 times those before."""

    @tf.function(autograph=False, jit_compile=jit_compile)
    def step(state, losses, gradients, present, losses_after):
        weights, state = method.weigh(state, losses, gradients, present)
        return weights, method.learn(state, losses, losses_after, present)

    def run(state, losses, gradients, present=None, losses_after=None):
        losses, gradients = (np.asarray(values, np.float32) for values in (losses, gradients))
        present = np.ones(len(losses), bool) if present is None else np.array(present)
        losses_after = 0.9 * losses if losses_after is None else np.asarray(losses_after, np.float32)
        weights, state = step(state, losses, gradients, present, losses_after)
        return weights.numpy(), {name: value.numpy() for name, value in state.items()}

    return run


def batch(num_tasks, seed):
    """Return losses, gradients and losses after the step that have nothing in common."""
    rng = np.random.default_rng(seed)
    losses = rng.uniform(0.2, 3, num_tasks)
    return losses, rng.normal(size=(num_tasks, 5)), losses * rng.uniform(0.7, 1.1, num_tasks)


def after_steps(method, num_tasks, num_steps=6):
    run, state = compiled(method), method.initial_state(num_tasks)
    for seed in range(num_steps):
        losses, gradients, losses_after = batch(num_tasks, seed)
        _, state = run(state, losses, gradients, None, losses_after)
    return run, state


@every_method
def test_tasks_that_are_alike_have_the_weight_1_at_first_and_equal_weights_ever_after(method):
    run, state = compiled(method), method.initial_state(3)
    for step in range(20):
        weights, state = run(state, [0.8] * 3, [[0.3, -0.7]] * 3)
        if step == 0 or not isinstance(method, Uncertainty):
            np.testing.assert_allclose(weights, 1, rtol=1e-6)
        np.testing.assert_array_equal(weights, weights[0])


@every_method
def test_an_absent_task_is_left_out_and_what_is_known_of_it_stays(method):
    run, state = after_steps(method, 4)
    losses, gradients, losses_after = batch(4, seed=6)
    known = [0, 1, 3]
    alone, alone_state = run(
        {name: value[known] for name, value in state.items()},
        losses[known], gradients[known], None, losses_after[known],
    )  # fmt: skip
    losses[2] = gradients[2] = losses_after[2] = np.nan
    weights, new_state = run(state, losses, gradients, [True, True, False, True], losses_after)

    np.testing.assert_allclose(weights[known], alone, rtol=1e-5)
    assert weights[2] == 0
    for name, value in new_state.items():
        np.testing.assert_allclose(value[known], alone_state[name], rtol=1e-5, atol=1e-7)
        assert value[2] == state[name][2]


@every_method
def test_a_batch_without_labels_changes_nothing(method):
    run, state = after_steps(method, 3)
    weights, new_state = run(state, np.zeros(3), np.zeros((3, 5)), [False] * 3)

    np.testing.assert_array_equal(weights, 0)
    for name, value in new_state.items():
        np.testing.assert_array_equal(value, state[name])


@every_method
def test_losses_and_gradients_of_0_leave_everything_finite(method):
    run, state = after_steps(method, 3)
    for losses in (np.zeros(3), [0, 1, 0]):
        weights, state = run(state, losses, np.zeros((3, 5)))
        assert all(np.isfinite(value).all() for value in [weights, *state.values()])


@every_method
def test_the_order_of_the_tasks_does_not_matter(method):
    run, state = after_steps(method, 8)
    losses, gradients, losses_after = batch(8, seed=6)
    order = np.random.default_rng(0).permutation(8)
    weights, new_state = run(state, losses, gradients, None, losses_after)
    permuted = {name: value[order] for name, value in state.items()}
    permuted = run(permuted, losses[order], gradients[order], None, losses_after[order])

    np.testing.assert_allclose(permuted[0], weights[order], rtol=1e-4)
    for name, value in permuted[1].items():
        np.testing.assert_allclose(value, new_state[name][order], rtol=1e-4, atol=1e-7)


@every_method
def test_a_state_keeps_its_names_shapes_and_types(method):
    _, last = after_steps(method, 3)

    assert last.keys() == method.initial_state(3).keys()
    assert all((value.shape, value.dtype) == ((3,), np.float32) for value in last.values())


@every_method
def test_xla_gives_the_same(method):
    run, state = after_steps(method, 6)
    losses, gradients, losses_after = batch(6, seed=6)
    weights, new_state = run(state, losses, gradients, None, losses_after)
    by_xla = compiled(method, jit_compile=True)(state, losses, gradients, None, losses_after)

    np.testing.assert_allclose(by_xla[0], weights, rtol=1e-4)
    for name, value in by_xla[1].items():
        np.testing.assert_allclose(value, new_state[name], rtol=1e-4, atol=1e-7)


@every_method
def test_one_task_alone_is_trained_as_without_a_method(method):
    run, state = compiled(method), method.initial_state(1)
    weights, _ = run(state, [0.7], [[1, 2]])
    assert weights == pytest.approx([1])


@pytest.mark.parametrize("method", [Static(), GradNorm(), FAMO()], ids=lambda method: method.kind)
def test_the_weights_of_the_present_tasks_have_a_mean_of_1(method):
    run, state = after_steps(method, 5)
    losses, gradients, losses_after = batch(5, seed=6)
    weights, _ = run(state, losses, gradients, [True, False, True, True, False], losses_after)
    assert weights.sum() == pytest.approx(3)


def test_uncertainty_takes_one_step_down_the_objective():
    """Σ exp(-s)·L + s/2: with s = (0, ln 2) and L = (3, 0.5), its slopes are 1/2 - (3, 0.25)."""
    state = {"log_variances": np.array([0, np.log(2)], np.float32)}
    weights, state = compiled(Uncertainty(learning_rate=0.1))(state, [3, 0.5], np.zeros((2, 1)))

    assert weights == pytest.approx([1, 0.5])
    assert state["log_variances"] == pytest.approx([0.25, np.log(2) - 0.025])


def test_uncertainty_comes_to_rest_where_the_weight_is_1_by_twice_the_loss():
    run, state = compiled(Uncertainty(learning_rate=0.2)), Uncertainty().initial_state(3)
    for _ in range(150):
        weights, state = run(state, [0.1, 1, 5], np.zeros((3, 1)))
    assert weights == pytest.approx([5, 0.5, 0.1], rel=1e-3)


def test_uncertainty_keeps_its_weights_within_bounds():
    run, state = compiled(Uncertainty(learning_rate=1.0)), Uncertainty().initial_state(2)
    for _ in range(50):
        weights, state = run(state, [0, 1e6], np.zeros((2, 1)))
    assert weights == pytest.approx([np.exp(4), np.exp(-4)])


def test_gradnorm_takes_one_step_down_the_distances_to_the_targets():
    """Norms (3, 1), mean 2. Kept of the first losses: (0.5, 1), rates (2/3, 4/3), targets (4/3, 8/3).

    So the slopes of the distances in the log weights are (3, -1), in units of the mean norm (1.5, -0.5).
    """
    run, state = compiled(GradNorm(alpha=1, learning_rate=0.1)), GradNorm().initial_state(2)
    state["first_losses"] = np.array([2, 7], np.float32)
    weights, state = run(state, [1, 7], [[3, 0], [0.6, 0.8]])

    expected = np.exp([-0.15, 0.05])
    assert weights == pytest.approx([1, 1])
    assert state["weights"] == pytest.approx(2 * expected / expected.sum())


def test_gradnorm_remembers_the_first_loss_that_each_task_shows():
    run, state = compiled(GradNorm()), GradNorm().initial_state(2)
    for losses, present in [([3, 9], [True, False]), ([2, 5], [True, True]), ([1, 1], [True, True])]:
        _, state = run(state, losses, np.eye(2), present)
    assert state["first_losses"].tolist() == [3, 5]


def test_gradnorm_shares_out_what_the_present_tasks_had():
    run, state = after_steps(GradNorm(learning_rate=0.2), 4)
    assert state["weights"][:2].sum() != pytest.approx(2, abs=0.05)
    losses, gradients, _ = batch(4, seed=6)
    _, new_state = run(state, losses, gradients, [True, True, False, False])

    assert new_state["weights"][0] != pytest.approx(state["weights"][0], abs=0.05)
    assert new_state["weights"].sum() == pytest.approx(4)


def test_gradnorm_makes_the_norms_of_the_weighted_gradients_equal():
    gradients = np.diag([0.1, 1, 10])
    run, state = compiled(GradNorm(alpha=0)), GradNorm().initial_state(3)
    for _ in range(250):
        weights, state = run(state, [1, 1, 1], gradients)

    norms = weights * [0.1, 1, 10]
    assert norms == pytest.approx(np.full(3, norms.mean()), rel=0.06)
    assert weights.sum() == pytest.approx(3)


def test_gradnorm_favours_a_task_that_lags_behind_by_its_training_rate():
    run, state = compiled(GradNorm(alpha=1)), GradNorm().initial_state(2)
    for losses in [[1, 4], *[[0.3, 3.6]] * 300]:
        weights, state = run(state, losses, [[2, 0], [0, 2]])
    assert weights[1] / weights[0] == pytest.approx(3, rel=0.06)


def test_gradnorm_does_not_depend_on_the_scale_of_the_gradients():
    losses, gradients, _ = batch(4, seed=0)
    for scale in (1e-4, 1e4):
        run, state = compiled(GradNorm()), GradNorm().initial_state(4)
        _, plain = run(state, losses, gradients)
        _, scaled = run(state, losses, scale * gradients)
        np.testing.assert_allclose(scaled["weights"], plain["weights"], rtol=1e-5)


def projected_sum(gradients):
    """PCGrad on vectors: each meets the others once, always next the one it conflicts with most."""
    total = np.zeros(gradients.shape[1])
    for index, own in enumerate(gradients):
        others = [other for at, other in enumerate(gradients) if at != index]
        while others:
            cosines = [own @ other / np.linalg.norm(other) for other in others]
            other = others.pop(int(np.argmin(cosines)))
            own = own - min(own @ other, 0) / (other @ other) * other
        total += own
    return total


def test_pcgrad_on_two_tasks_projects_each_gradient_onto_the_normal_plane_of_the_other():
    run = compiled(PCGrad())
    for one, two in np.random.default_rng(0).normal(size=(20, 2, 3)):
        two *= -np.sign(one @ two)
        weights, _ = run({}, [1, 1], [one, two])

        expected = one - one @ two / (two @ two) * two + two - one @ two / (one @ one) * one
        combined = weights @ np.stack([one, two])
        np.testing.assert_allclose(combined, expected, rtol=1e-4, atol=1e-5)
        assert min(combined @ one, combined @ two) >= -1e-5


@pytest.mark.parametrize("num_tasks", [3, 12, 48])
def test_pcgrad_on_many_tasks_equals_the_projection_of_the_vectors(num_tasks):
    gradients = np.random.default_rng(num_tasks).normal(size=(num_tasks, 20))
    gradients *= np.geomspace(0.1, 10, num_tasks)[:, None]
    weights, _ = compiled(PCGrad())({}, np.ones(num_tasks), gradients)

    assert weights.max() > 1.01
    np.testing.assert_allclose(weights @ gradients, projected_sum(gradients), rtol=1e-4, atol=1e-3)


def test_pcgrad_leaves_gradients_alone_that_do_not_conflict():
    gradients = np.random.default_rng(0).uniform(size=(6, 4))
    weights, _ = compiled(PCGrad())({}, np.ones(6), gradients)
    np.testing.assert_array_equal(weights, 1)


def test_pcgrad_does_not_project_twice_for_two_tasks_that_pull_the_same_way():
    gradients = np.array([[2.0, 1.0], [-1.0, 0.5], [-1.0, 0.5]])
    weights, _ = compiled(PCGrad())({}, np.ones(3), gradients)
    np.testing.assert_allclose(weights @ gradients, projected_sum(gradients), atol=1e-5)


def test_pcgrad_cancels_opposite_gradients():
    weights, _ = compiled(PCGrad())({}, [1, 1], [[1, 2], [-1, -2]])
    np.testing.assert_allclose(weights @ [[1, 2], [-1, -2]], 0, atol=1e-6)


def test_famo_weighs_log_losses_by_the_softmax_of_the_logits():
    state = FAMO().initial_state(2) | {"logits": np.array([np.log(3), 0], np.float32)}
    weights, _ = compiled(FAMO())(state, [2, 0.5], np.zeros((2, 1)))

    # Shares (3/4, 1/4) by losses: (3/8, 1/2).
    assert weights == pytest.approx(np.array([3, 4]) * 2 / 7)


def test_famo_takes_adam_steps_along_the_change_of_the_log_losses():
    run, state = compiled(FAMO(learning_rate=0.1, decay=0.01)), FAMO().initial_state(3)
    logits, first, second = np.zeros((3, 3))
    for step in range(1, 6):
        losses, gradients, losses_after = batch(3, seed=step)
        _, state = run(state, losses, gradients, None, losses_after)
        shares = np.exp(logits) / np.exp(logits).sum()
        jacobian = np.diag(shares) - np.outer(shares, shares)
        slopes = jacobian @ (np.log(losses) - np.log(losses_after)) + 0.01 * logits
        first = 0.9 * first + 0.1 * slopes
        second = 0.999 * second + 0.001 * slopes**2
        logits = logits - 0.1 * first / (1 - 0.9**step) / np.sqrt(second / (1 - 0.999**step))

    np.testing.assert_allclose(state["logits"], logits, rtol=1e-3)


def test_famo_gives_weight_to_the_task_that_improves_more_slowly():
    run, state = compiled(FAMO()), FAMO().initial_state(3)
    for _ in range(30):
        weights, state = run(state, [1, 1, 1], np.zeros((3, 1)), None, [0.9, 0.99, 1.01])
    assert weights[0] < weights[1] < weights[2]
    assert weights[2] > 1.2


def test_only_famo_asks_for_the_losses_after_the_step():
    assert [method.kind for method in METHODS if method.looks_ahead] == ["famo"]


@every_method
def test_a_config_names_a_method_by_its_kind(method):
    errors = []
    assert validate(Balancing, {"kind": method.kind}, errors) == method
    assert errors == []


@pytest.mark.parametrize("method", [Uncertainty, GradNorm, FAMO])
@pytest.mark.parametrize("learning_rate", [0, -1, float("nan"), float("inf")])
def test_a_learning_rate_that_is_not_positive_is_refused(method, learning_rate):
    with pytest.raises(ConfigError, match="learning_rate must be above 0 and finite: received"):
        method(learning_rate=learning_rate)


@pytest.mark.parametrize(("method", "field"), [(GradNorm, "alpha"), (FAMO, "decay")])
@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
def test_a_strength_below_0_is_refused(method, field, value):
    with pytest.raises(ConfigError, match=f"{field} must be at least 0 and finite: received"):
        method(**{field: value})
