"""The penalty: strong where there is nothing to learn, weak where there is, and judged on what was held out."""

import numpy as np
import pytest

from hydranet.tasks import HalfSquaredError, SigmoidCrossEntropy, SoftmaxCrossEntropy
from hydranet.training._linear import LinearProblem
from hydranet.training._regularisation import PENALTIES, choose_penalty

SOFTMAX = SoftmaxCrossEntropy()
HELD_OUT = np.arange(150) % 5 == 0


def choose(inputs, targets, loss=SOFTMAX, held_out=HELD_OUT):
    """Return what `choose_penalty` does, and every solution that it has tried."""

    def batches(batch_size):
        yield slice(0, len(inputs)), inputs

    problem = LinearProblem(batches, len(inputs), lambda rows: targets[rows], np.ones(len(inputs)), loss)
    solve, solutions = problem.solve, []
    problem.solve = lambda *args, **options: solutions.append(solve(*args, **options)) or solutions[-1]
    judging = np.flatnonzero(held_out)
    return (*choose_penalty(problem, held_out, judging, lambda rows: targets[rows], loss), solutions)


def classes(noise, num_inputs=20, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, 150)
    centres = 4 * rng.normal(size=(3, num_inputs))
    inputs = centres[labels] * (1 - noise) + rng.normal(size=(150, num_inputs)) * (0.1 + noise)
    return inputs.astype(np.float32), np.eye(3, dtype=np.float32)[labels]


def test_noise_gets_a_strong_penalty_and_a_clear_signal_a_weak_one():
    noisy, _, _, _ = choose(*classes(noise=1.0))
    clear, solution, trials, solutions = choose(*classes(noise=0.0))

    assert noisy.l2 >= 1
    assert clear.l2 <= 1e-2
    assert clear == min(trials, key=lambda trial: trial.held_out_loss)
    assert solution is solutions[trials.index(clear)]


def test_penalties_are_tried_from_strong_to_weak_until_the_loss_rises():
    _, _, trials, _ = choose(*classes(noise=0.95))

    assert [trial.l2 for trial in trials] == list(PENALTIES[: len(trials)])
    assert 3 <= len(trials) < len(PENALTIES)
    best = min(range(len(trials)), key=lambda index: trials[index].held_out_loss)
    assert len(trials) - 1 - best <= 2


def test_sharpening_stays_finite_where_nothing_is_wrong():
    trial, _, trials, _ = choose(*classes(noise=0.0))

    assert all(0 < each.sharpening < 21 for each in trials)
    assert np.isfinite(trial.held_out_loss)
    assert all(each.sharpening == 1 for each in choose(*classes(0.0), SigmoidCrossEntropy())[2])


@pytest.mark.parametrize("loss", [SOFTMAX, SigmoidCrossEntropy(), HalfSquaredError()], ids=repr)
def test_what_is_held_out_fits_nothing(loss):
    inputs, targets = classes(noise=0.5)
    other = targets.copy()
    other[HELD_OUT] = np.roll(other[HELD_OUT], 1, axis=1)

    (*_, first), (*_, second) = choose(inputs, targets, loss), choose(inputs, other, loss)

    assert min(len(first), len(second)) >= 3
    for one, two in zip(first, second, strict=False):
        np.testing.assert_array_equal(one.weights, two.weights)
