"""How strongly to penalise a linear head's weights, and how sure it may be: chosen on held-out training pictures.

Penalties are tried from strong to weak, each solution starting from the one before, and stronger ones still where the
first is the best. The lowest held-out loss wins, and the head is then solved again on all training pictures.

The penalty that finds the best directions also leaves the head underconfident, and the plain loss would pay for
confidence with accuracy. Heads whose loss has a temperature are therefore compared, and finished, after temperature
scaling (Guo et al., On Calibration of Modern Neural Networks, 2017).

Few examples can't choose freely: they move both away from what is usual for so many, the further the more judge.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from hydranet.tasks import ConvexLoss
from hydranet.training._linear import LinearProblem
from hydranet.training._penalty_search import (
    Judge,
    PenaltyTrial,
    Search,
    TargetsOf,
    solution_confidence,
    usual_penalty,
)

# So many examples choose freely.
MANY_EXAMPLES = 1000
# With one or two examples of each class, where the border lies between their mean (0) and the origin (1), through which
# that between prototypes goes that are compared by cosine.
_NEAR_ORIGIN = 0.15
# Classes whose shares differ by no more than this are about as frequent as each other.
_EVEN = 0.2


@dataclass(frozen=True, eq=False)
class RegularisedSolution:
    """A linear head, finished.

    Args:
        weights: float32 `(num_inputs + 1, num_outputs)`, for standardised inputs; the last row is the bias.
        chosen: the trial that has won; the usual penalty, untried, where no example could judge.
        trials: all that were made.
    """

    weights: np.ndarray
    chosen: PenaltyTrial
    trials: list[PenaltyTrial] = field(default_factory=list)


def search_penalty(
    problem: LinearProblem,
    num_examples: int,
    parts: Sequence[np.ndarray],
    targets_of: TargetsOf,
    loss: ConvexLoss,
    *,
    sharpens: bool = True,
) -> Search | None:
    """Return a search that has not run yet; None where no example can judge.

    Args:
        problem: all training rows: the plain view of each example, then the other views in the same order.
        num_examples: how many of weight there are.
        parts: which examples judge while all others train, one part after the other: bool `(num_examples,)` each.
        targets_of: float32 `(num_rows, num_outputs)` for rows by index.
        loss: that of the problem.
        sharpens: whether the outputs may be made surer than the penalty leaves them.
    """
    few = num_examples < MANY_EXAMPLES
    judges = [
        Judge(problem, part, targets_of, loss, few and loss.has_log_odds and sharpens) for part in parts
    ]
    return Search(judges, loss, num_examples, few=few, sharpens=sharpens) if judges else None


def solve_regularised(
    problem: LinearProblem,
    num_examples: int,
    search: Search | None,
    targets_of: TargetsOf,
    loss: ConvexLoss,
    *,
    sharpens: bool = True,
) -> RegularisedSolution:
    """Return a linear head under the best penalty, as sure as it may be.

    Args:
        problem: all training rows: the plain view of each example, then the other views in the same order.
        num_examples: how many of weight there are.
        search: that has found the penalty; without one it is the usual one.
        targets_of: float32 `(num_rows, num_outputs)` for rows by index.
        loss: that of the problem.
        sharpens: as in the search.
    """
    limited = num_examples < MANY_EXAMPLES and loss.has_log_odds and (sharpens or search is None)
    trained = problem.example_weights > 0
    if search is not None:
        chosen, trials = search.best, search.trials
        weights = problem.solve(chosen.l2, search.best_start).weights
    else:
        chosen, trials = PenaltyTrial(usual_penalty(num_examples)), []
        weights = problem.solve(chosen.l2).weights
        if loss.has_log_odds and _zero_says_enough(loss, targets_of(np.flatnonzero(trained))):
            weights = problem.with_bias_near_origin(weights, _NEAR_ORIGIN)
    factor = chosen.sharpening
    if limited:
        factor *= solution_confidence(problem, weights, trained, targets_of, loss, num_examples)
    return RegularisedSolution(weights * np.float32(factor), chosen, trials)


def _zero_says_enough(loss: ConvexLoss, targets: np.ndarray) -> bool:
    """Return whether outputs of zero give each class about the share that it has, so that no bias need be learnt."""
    shares = loss.activate(np.zeros((1, targets.shape[1]), np.float32))
    return bool(np.abs(np.asarray(shares) - targets.mean(axis=0)).max() <= _EVEN)
