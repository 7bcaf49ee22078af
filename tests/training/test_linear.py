"""Linear heads: the optimum, whether the inputs are kept or read again, and weights that mean what they say."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, log_softmax

from hydranet.tasks import HalfSquaredError, SigmoidCrossEntropy, SoftmaxCrossEntropy
from hydranet.training import _linear as linear
from hydranet.training import _standardisation
from hydranet.training._linear import LinearProblem

NUM_OUTPUTS = {SoftmaxCrossEntropy(): 3, SigmoidCrossEntropy(): 2, HalfSquaredError(): 1}
EVERY_ROW = np.ones(120, bool)


def examples(loss, count=120, seed=0):
    """Noisy targets of a linear model, with inputs on very different scales."""
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(count, 5))
    outputs = inputs @ rng.normal(size=(5, NUM_OUTPUTS[loss]))
    outputs += rng.logistic(size=outputs.shape)
    inputs = inputs * [100, 1, 0.01, 1, 1] + [3, 0, 0, -5, 0]
    if loss == SoftmaxCrossEntropy():
        return inputs.astype(np.float32), np.eye(3, dtype=np.float32)[outputs.argmax(1)]
    targets = outputs > 0 if loss == SigmoidCrossEntropy() else outputs
    return inputs.astype(np.float32), targets.astype(np.float32)


def problem_of(inputs, targets, loss, weights=None):
    def batches(batch_size):
        for start in range(0, len(inputs), batch_size):
            rows = slice(start, min(start + batch_size, len(inputs)))
            yield rows, inputs[rows]

    weights = np.ones(len(inputs)) if weights is None else weights
    return LinearProblem(batches, len(inputs), lambda rows: targets[rows], weights, loss)


def objective(weights, inputs, targets, loss, l2):
    """The penalised loss in float64 and plain NumPy, on inputs that are standardised here."""
    inputs = (inputs.astype(np.float64) - inputs.mean(0, dtype=np.float64)) / inputs.std(0, dtype=np.float64)
    outputs = inputs @ weights[:-1] + weights[-1]
    if loss == SoftmaxCrossEntropy():
        losses = -(targets * log_softmax(outputs, axis=1)).sum(1)
    elif loss == SigmoidCrossEntropy():
        losses = -(targets * np.log(expit(outputs)) + (1 - targets) * np.log(expit(-outputs))).sum(1)
    else:
        losses = 0.5 * ((outputs - targets) ** 2).sum(1)
    return losses.mean() + 0.5 * l2 * (weights[:-1] ** 2).sum()


@pytest.mark.parametrize("loss", NUM_OUTPUTS, ids=lambda loss: type(loss).__name__)
@pytest.mark.parametrize("l2", [1e-3, 0.1])
def test_no_step_away_from_the_solution_lowers_the_loss(loss, l2):
    inputs, targets = examples(loss)
    found = problem_of(inputs, targets, loss).solve(l2).weights.astype(np.float64)

    def penalised(flat):
        return objective(flat.reshape(found.shape), inputs, targets, loss, l2)

    best = minimize(penalised, found.ravel(), method="BFGS", options={"gtol": 1e-8, "xrtol": 1e-10})
    assert penalised(found.ravel()) - best.fun < 1e-6
    # Not the biases: those of all classes may be shifted together without any effect.
    np.testing.assert_allclose(found[:-1], best.x.reshape(found.shape)[:-1], atol=0.01)


@pytest.mark.parametrize("loss", NUM_OUTPUTS, ids=lambda loss: type(loss).__name__)
def test_the_gradient_is_that_of_the_loss(loss):
    inputs, targets = examples(loss)
    problem = problem_of(inputs, targets, loss)
    rng = np.random.default_rng(1)
    weights = rng.normal(size=(inputs.shape[1] + 1, targets.shape[1])).astype(np.float32)
    value, gradient = problem._loss_and_gradient(weights, problem._trained_rows(problem.example_weights))

    assert value == pytest.approx(objective(weights.astype(np.float64), inputs, targets, loss, 0.0), rel=1e-4)
    direction = rng.normal(size=weights.shape)
    ahead, behind = (
        objective(weights + step * direction, inputs, targets, loss, 0.0) for step in (1e-5, -1e-5)
    )
    assert (gradient * direction).sum() == pytest.approx((ahead - behind) / 2e-5, rel=1e-3)


def test_squared_error_has_the_closed_form_of_ridge_regression():
    inputs, targets = examples(HalfSquaredError())
    problem = problem_of(inputs, targets, HalfSquaredError())
    kernel, bias = problem.unstandardised(problem.solve(0.3).weights)

    z = (inputs - inputs.mean(0)) / inputs.std(0)
    ridge = np.linalg.solve(z.T @ z / len(z) + 0.3 * np.eye(5), z.T @ (targets - targets.mean()) / len(z))
    np.testing.assert_allclose(inputs @ kernel + bias, z @ ridge + targets.mean(), atol=1e-3)


def test_outputs_are_the_same_for_inputs_as_they_are():
    inputs, targets = examples(SoftmaxCrossEntropy())
    problem = problem_of(inputs, targets, SoftmaxCrossEntropy())
    weights = problem.solve(0.1).weights
    kernel, bias = problem.unstandardised(weights)

    np.testing.assert_allclose(inputs @ kernel + bias, problem.outputs(weights, EVERY_ROW), atol=1e-4)


@pytest.mark.parametrize("loss", NUM_OUTPUTS, ids=lambda loss: type(loss).__name__)
def test_reading_the_inputs_again_gives_what_keeping_them_gives(loss, monkeypatch):
    monkeypatch.setattr(linear, "_BATCH_ROWS", 32)
    inputs, targets = examples(loss)
    kept = problem_of(inputs, targets, loss)
    monkeypatch.setattr(linear, "_CACHED_BYTES", 0)
    read_again = problem_of(inputs, targets, loss)

    assert read_again._cache is None
    assert kept._cache is not None
    np.testing.assert_array_equal(kept.solve(0.01).weights, read_again.solve(0.01).weights)


def test_targets_count_as_well_as_inputs_where_memory_is_short(monkeypatch):
    inputs, targets = examples(SoftmaxCrossEntropy())
    monkeypatch.setattr(linear, "_CACHED_BYTES", inputs.nbytes + targets.nbytes)
    assert problem_of(inputs, targets, SoftmaxCrossEntropy())._cache is not None
    monkeypatch.setattr(linear, "_CACHED_BYTES", inputs.nbytes + targets.nbytes - 1)
    assert problem_of(inputs, targets, SoftmaxCrossEntropy())._cache is None


def test_outputs_are_those_of_the_rows_that_are_wanted(monkeypatch):
    monkeypatch.setattr(linear, "_BATCH_ROWS", 32)
    problem = problem_of(*examples(SoftmaxCrossEntropy()), SoftmaxCrossEntropy())
    weights, wanted = problem.solve(0.1).weights, np.arange(120) % 7 == 0

    np.testing.assert_array_equal(
        problem.outputs(weights, wanted), problem.outputs(weights, EVERY_ROW)[wanted]
    )


def test_standardisation_does_not_depend_on_the_batches_nor_lose_digits(monkeypatch):
    inputs = np.random.default_rng(0).normal([1e3, 0, -20], size=(1000, 3)).astype(np.float32)
    for batch_rows in (7, 100, 5000):
        monkeypatch.setattr(_standardisation, "_BATCH_ROWS", batch_rows)
        problem = problem_of(inputs, np.ones((1000, 1), np.float32), HalfSquaredError())
        np.testing.assert_allclose(
            problem._standardisation.mean, inputs.mean(0, dtype=np.float64), rtol=1e-6, atol=1e-7
        )
        np.testing.assert_allclose(problem._standardisation.scale, inputs.std(0, dtype=np.float64), rtol=1e-6)


def test_a_constant_input_does_no_harm():
    inputs, targets = examples(SoftmaxCrossEntropy())
    with_constant = np.concatenate([inputs, np.full((len(inputs), 1), 1234.567, np.float32)], axis=1)
    plain, problem = (problem_of(each, targets, SoftmaxCrossEntropy()) for each in (inputs, with_constant))
    weights = problem.solve(0.01).weights

    kernel, bias = problem.unstandardised(weights)
    assert (kernel[-1] == 0).all()
    assert np.isfinite(bias).all()
    np.testing.assert_allclose(
        with_constant @ kernel + bias, plain.outputs(plain.solve(0.01).weights, EVERY_ROW), atol=5e-3
    )


def test_the_unit_of_the_inputs_makes_no_difference():
    inputs, targets = examples(SoftmaxCrossEntropy())
    problem, tiny = (
        problem_of(each, targets, SoftmaxCrossEntropy()) for each in (inputs, inputs * np.float32(1e-11))
    )

    np.testing.assert_allclose(
        tiny.outputs(tiny.solve(0.01).weights, EVERY_ROW),
        problem.outputs(problem.solve(0.01).weights, EVERY_ROW),
        atol=5e-3,
    )


def test_rows_of_weight_0_are_left_out():
    inputs, targets = examples(SoftmaxCrossEntropy())
    weights = (np.arange(len(inputs)) % 3 > 0).astype(np.float32)
    other = targets.copy()
    other[weights == 0] = [1, 0, 0]

    solutions = [
        problem_of(inputs, each, SoftmaxCrossEntropy(), weights).solve(0.01) for each in (targets, other)
    ]

    np.testing.assert_array_equal(solutions[0].weights, solutions[1].weights)
    assert solutions[0].loss == solutions[1].loss
    ones = problem_of(inputs, targets, SoftmaxCrossEntropy()).solve(0.01, example_weights=weights)
    np.testing.assert_array_equal(ones.weights, solutions[0].weights)


@pytest.mark.parametrize("cached_bytes", [2**20, 0], ids=["kept", "read again"])
def test_rows_of_weight_0_are_not_computed(cached_bytes, monkeypatch):
    monkeypatch.setattr(linear, "_BATCH_ROWS", 32)
    monkeypatch.setattr(linear, "_CACHED_BYTES", cached_bytes)
    inputs, targets = examples(SoftmaxCrossEntropy())
    weights = (np.arange(len(inputs)) % 3).astype(np.float32)
    trained = list(problem_of(inputs, targets, SoftmaxCrossEntropy())._trained_rows(weights))

    shares = np.concatenate([each for *_, each in trained])
    np.testing.assert_allclose(shares, weights[weights > 0] / weights.sum(), rtol=1e-6)
    np.testing.assert_array_equal(np.concatenate([each for _, each, _ in trained]), targets[weights > 0])
    assert sum(len(each) for each, *_ in trained) == (weights > 0).sum()


def test_a_weight_of_2_is_worth_two_examples():
    inputs, targets = examples(SigmoidCrossEntropy())
    weights = np.where(np.arange(len(inputs)) < 60, 2.0, 1.0)
    weighted = problem_of(inputs, targets, SigmoidCrossEntropy(), weights)
    doubled = problem_of(
        np.concatenate([inputs, inputs[:60]]), np.concatenate([targets, targets[:60]]), SigmoidCrossEntropy()
    )
    # Without a penalty, because the two standardise differently.
    kernels = [problem.unstandardised(problem.solve(0.0).weights) for problem in (weighted, doubled)]
    outputs = [inputs @ kernel + bias for kernel, bias in kernels]

    assert weighted.solve(0.0).loss == pytest.approx(doubled.solve(0.0).loss, rel=1e-5)
    np.testing.assert_allclose(*outputs, atol=0.05)


def test_a_good_start_saves_iterations_and_changes_nothing():
    inputs, targets = examples(SoftmaxCrossEntropy())
    problem = problem_of(inputs, targets, SoftmaxCrossEntropy())
    cold = problem.solve(0.01)
    warm = problem.solve(0.01, cold.weights)

    assert warm.num_iterations < cold.num_iterations / 2
    np.testing.assert_allclose(
        problem.outputs(warm.weights, EVERY_ROW), problem.outputs(cold.weights, EVERY_ROW), atol=0.02
    )
