"""The penalty: strong where there is nothing to learn, weak where there is, and judged on what was held out."""

import numpy as np
import pytest

from hydranet.tasks import HalfSquaredError, SigmoidCrossEntropy, SoftmaxCrossEntropy
from hydranet.training import _penalty_search, _regularisation
from hydranet.training._linear import LinearProblem
from hydranet.training._penalty_search import PENALTIES
from hydranet.training._regularisation import search_penalty, solve_regularised

SOFTMAX = SoftmaxCrossEntropy()
LOSSES = [SOFTMAX, SigmoidCrossEntropy(), HalfSquaredError()]
HELD_OUT = np.arange(150) % 5 == 0


@pytest.fixture
def many(monkeypatch):
    """Let the examples of these tests count as many."""
    monkeypatch.setattr(_regularisation, "MANY_EXAMPLES", 150)


def problem_of(inputs, targets, loss=SOFTMAX):
    def batches(batch_size):
        yield slice(0, len(inputs)), inputs

    return LinearProblem(batches, len(inputs), lambda rows: targets[rows], np.ones(len(inputs)), loss)


def solve(inputs, targets, loss=SOFTMAX, parts=(HELD_OUT,), sharpens=True):
    """Return the solution, and every one that was tried."""
    problem = problem_of(inputs, targets, loss)
    original, solutions = problem.solve, []
    problem.solve = lambda *args, **options: solutions.append(original(*args, **options)) or solutions[-1]
    search = search_penalty(problem, len(inputs), parts, lambda rows: targets[rows], loss, sharpens=sharpens)
    if search is not None:
        search.run()
    found = solve_regularised(
        problem, len(inputs), search, lambda rows: targets[rows], loss, sharpens=sharpens
    )
    return found, solutions


def classes(noise, num_inputs=20, seed=0, count=150):
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    centres = 4 * rng.normal(size=(3, num_inputs))
    inputs = centres[labels] * (1 - noise) + rng.normal(size=(count, num_inputs)) * (0.1 + noise)
    return inputs.astype(np.float32), np.eye(3, dtype=np.float32)[labels]


def test_noise_gets_a_strong_penalty_and_a_clear_signal_a_weak_one(many):
    noisy, _ = solve(*classes(noise=1.0))
    clear, _ = solve(*classes(noise=0.0))

    assert noisy.chosen.l2 >= 1
    assert clear.chosen.l2 <= 1e-2
    assert clear.chosen == min(clear.trials, key=lambda trial: trial.held_out_loss)


def test_penalties_are_tried_from_strong_to_weak_until_the_loss_rises(many):
    trials = solve(*classes(noise=0.9))[0].trials

    assert [trial.l2 for trial in trials] == list(PENALTIES[: len(trials)])
    assert 3 <= len(trials) < len(PENALTIES)
    best = min(range(len(trials)), key=lambda index: trials[index].held_out_loss)
    assert len(trials) - 1 - best <= 2


def test_stronger_penalties_are_tried_where_the_strongest_is_best(many):
    """A number that many inputs hint at a little each: what ridge regression would shrink a hundredfold."""
    rng = np.random.default_rng(1)
    number = rng.normal(size=150)
    inputs = (0.3 * number[:, None] + rng.normal(size=(150, 1000))).astype(np.float32)
    noisy = (number + 3 * rng.normal(size=150)).astype(np.float32)[:, None]
    found, _ = solve(inputs, noisy, HalfSquaredError())

    assert found.chosen.l2 > PENALTIES[0]
    assert found.chosen.held_out_loss < found.trials[0].held_out_loss


@pytest.mark.parametrize(("noise", "first"), [(0.5, 1.0), (1.0, 0.1)], ids=["weaker", "stronger"])
def test_a_penalty_is_begun_nearer_to_its_solution_than_the_last_one_was(noise, first, many):
    inputs, targets = classes(noise)
    problem, begun = problem_of(inputs, targets), []
    original = problem.solve

    def recorded(l2, start=None, **options):
        begun.append((l2, start, original(l2, start, **options)))
        return begun[-1][-1]

    problem.solve = recorded
    search_penalty(problem, len(inputs), [HELD_OUT], lambda rows: targets[rows], SOFTMAX).run(first)

    nearer = []
    for (before, *_), (last, _, other), (l2, start, found) in zip(begun, begun[1:], begun[2:], strict=False):
        if l2 * before == pytest.approx(last**2):
            last_one, this = (np.linalg.norm(each - found.weights) for each in (other.weights, start))
            nearer.append(this < 0.9 * last_one)
    assert len(nearer) >= 3
    assert all(nearer)


def test_sharpening_stays_finite_where_nothing_is_wrong():
    found, _ = solve(*classes(noise=0.0))

    assert all(0 < each.sharpening < 21 for each in found.trials)
    assert np.isfinite(found.chosen.held_out_loss)


@pytest.mark.parametrize("loss", [SOFTMAX, SigmoidCrossEntropy()], ids=repr)
def test_a_head_for_another_prior_is_not_sharpened_and_keeps_a_penalty_that_rare_classes_need(loss, many):
    found, _ = solve(*classes(noise=0.0), loss, sharpens=False)

    assert {each.sharpening for each in found.trials} == {1.0}
    assert min(each.l2 for each in found.trials) == pytest.approx(0.1)


def test_a_number_is_never_sharpened():
    found, _ = solve(*classes(0.5), HalfSquaredError())

    assert {each.sharpening for each in found.trials} == {1.0}


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_what_is_held_out_fits_nothing(loss):
    inputs, targets = classes(noise=0.5)
    other = targets.copy()
    other[HELD_OUT] = np.roll(other[HELD_OUT], 1, axis=1)

    (one, first), (two, second) = solve(inputs, targets, loss), solve(inputs, other, loss)

    tried = [
        (solution.weights, solution_of_other.weights)
        for trial, trial_of_other, solution, solution_of_other in zip(
            one.trials, two.trials, first, second, strict=False
        )
        if trial.l2 == trial_of_other.l2
    ]
    assert len(tried) >= 3
    for weights, weights_of_other in tried:
        np.testing.assert_array_equal(weights, weights_of_other)


def test_few_examples_do_not_move_far_from_the_usual_penalty(monkeypatch):
    """Without the hold on it, three examples that judge would choose any."""
    inputs, targets = classes(noise=0.0, count=12)
    parts = [np.arange(12) < 3]
    held = solve(inputs, targets, parts=parts)[0].chosen.l2
    monkeypatch.setattr(_penalty_search, "_UNUSUAL", 0.0)
    free = solve(inputs, targets, parts=parts)[0].chosen.l2

    usual = 100 / 12
    assert abs(np.log10(held / usual)) < 1 < abs(np.log10(free / usual))


def test_without_a_judge_the_penalty_is_the_usual_one_and_the_head_is_sure_of_what_is_clear():
    inputs, targets = classes(noise=0.0, num_inputs=100, count=6)
    found, _ = solve(inputs, targets, parts=())
    problem = problem_of(inputs, targets)
    outputs = problem.outputs(found.weights, np.ones(6, bool))

    assert found.chosen.l2 == pytest.approx(100 / 6)
    assert found.trials == []
    assert SOFTMAX.losses(outputs, targets).numpy().max() < 0.1


def test_rare_answers_stay_rare_where_nobody_can_judge():
    """Several classes at once, each in two pictures of thirty: outputs of zero would claim half of them."""
    targets = np.eye(15, dtype=np.float32).repeat(2, axis=0)
    inputs = np.random.default_rng(0).normal(size=(30, 100)).astype(np.float32)
    problem = problem_of(inputs, targets, SigmoidCrossEntropy())
    found, _ = solve(inputs, targets, SigmoidCrossEntropy(), parts=())

    assert (found.weights[-1] < -1).all()
    assert (problem.outputs(found.weights, np.ones(30, bool)).mean() < -1).all()
