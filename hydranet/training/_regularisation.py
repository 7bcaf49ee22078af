"""How strongly to penalise a linear head's weights: chosen on a held-out part of its training pictures.

The penalty is tried from strong to weak, each solution starting from the one before; the lowest held-out loss
wins, and the head is then solved again on all training pictures with that penalty.

With many classes and few pictures of each, the penalty that finds the best directions also leaves the head
underconfident, and the plain loss would pay for confidence with accuracy. Heads whose loss has a temperature are
therefore compared, and finished, after temperature scaling (Guo et al., On Calibration of Modern Neural Networks,
2017).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from hydranet.tasks import ConvexLoss
from hydranet.training._linear import LinearProblem, LinearSolution

PENALTIES = tuple(10.0 ** (exponent / 2) for exponent in range(2, -11, -1))
DEFAULT_PENALTY = 0.1

# So many penalties in a row that are not better end the search; less than a thousandth is not better.
_PATIENCE = 2
_BETTER = 0.999
# A trial need not be solved as closely as the head itself, which takes three times as long.
_TRIAL_TOLERANCE = 1e-6
_LOG_TEMPERATURE_BOUNDS = (-3.0, 3.0)


@dataclass(frozen=True)
class PenaltyTrial:
    """One penalty that was tried, with mean losses on the two parts of the training pictures."""

    l2: float
    training_loss: float
    held_out_loss: float
    sharpening: float = 1.0


def choose_penalty(
    problem: LinearProblem,
    held_out: np.ndarray,
    judging: np.ndarray,
    targets_of: Callable[[np.ndarray], np.ndarray],
    loss: ConvexLoss,
) -> tuple[PenaltyTrial, LinearSolution, list[PenaltyTrial]]:
    """Return the best trial, its solution, and all trials.

    Args:
        problem: all training rows.
        held_out: which rows train nothing while a penalty is judged: bool `(num_rows,)`.
        judging: which of them judge: int `(num_judging,)`, rising.
        targets_of: float32 `(num_judging, num_outputs)` for rows by index.
        loss: that of the problem.
    """
    fitted_on = np.where(held_out, 0.0, problem.example_weights).astype(np.float32)
    weights, targets = problem.example_weights[judging], targets_of(judging)
    judges = np.zeros(len(held_out), bool)
    judges[judging] = True
    trials: list[PenaltyTrial] = []
    best: tuple[PenaltyTrial, LinearSolution] | None = None
    start = None
    for l2 in PENALTIES:
        solution = problem.solve(l2, start, example_weights=fitted_on, tolerance=_TRIAL_TOLERANCE)
        start = solution.weights
        outputs = problem.outputs(solution.weights, judges)
        sharpening = _best_sharpening(loss, outputs, targets, weights) if loss.has_temperature else 1.0
        held_out_losses = loss.losses(outputs * np.float32(sharpening), targets).numpy()
        trial = PenaltyTrial(
            l2, solution.loss, float(np.average(held_out_losses, weights=weights)), sharpening
        )
        trials.append(trial)
        if best is None or trial.held_out_loss < _BETTER * best[0].held_out_loss:
            best = trial, solution
        elif len(trials) - trials.index(best[0]) > _PATIENCE:
            break
    assert best is not None  # PENALTIES is not empty
    return *best, trials


def _best_sharpening(
    loss: ConvexLoss, outputs: np.ndarray, targets: np.ndarray, weights: np.ndarray
) -> float:
    """Return the factor on the outputs with the lowest loss: the inverse of the temperature.

    A standard normal prior on its logarithm, worth about one example, keeps it finite where the held-out part
    is without errors.
    """

    def objective(log_factor: float) -> float:
        sharpened = outputs * np.exp(np.float32(log_factor))
        return float(loss.losses(sharpened, targets).numpy() @ weights) + 0.5 * log_factor**2

    return float(np.exp(minimize_scalar(objective, bounds=_LOG_TEMPERATURE_BOUNDS, method="bounded").x))
