"""The search for a penalty: each is tried on the parts of the training pictures that judge while the others train."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from hydranet.tasks import ConvexLoss
from hydranet.training._confidence import best_sharpening, usual_confidence
from hydranet.training._linear import LinearProblem, LinearSolution

PENALTIES = tuple(10.0 ** (exponent / 2) for exponent in range(2, -11, -1))
ALL_PENALTIES = (*sorted(PENALTIES), *(10.0 ** (exponent / 2) for exponent in range(3, 9)))

# So many penalties in a row that are not better end a search; less than a thousandth is not better.
_PATIENCE = 2
_BETTER = 0.999
# A trial need not be solved as closely as the head itself, which takes three times as long.
_TRIAL_TOLERANCE = 1e-6
# The usual penalty for few examples, times their number. One of ten times more or less must lower the loss of all
# judging examples together by half of `_UNUSUAL`.
_USUAL = 100.0
_UNUSUAL = 2.0
# The weakest penalty for heads that stay as sure as it leaves them, because another prior is to be theirs: rare
# classes want a stronger one than the loss, most of which is that of frequent ones, would choose.
_WEAKEST_UNSHARPENED = 0.1

TargetsOf = Callable[[np.ndarray], np.ndarray]


def usual_penalty(num_examples: int) -> float:
    """Return the penalty under which so many examples, where they are few, show the best directions as a rule."""
    return _USUAL / num_examples


@dataclass(frozen=True, eq=False)
class PenaltyTrial:
    """One penalty that was tried, with mean losses on the two sides of the training pictures.

    Args:
        l2: the penalty.
        training_loss: of the examples that trained.
        held_out_loss: of those that judged, after sharpening.
        sharpening: the factor on the outputs with the lowest held-out loss.
        cost: what trials are compared by: the held-out loss, and for few examples how unusual the penalty is.
        held_out_losses: of each that judged, times its weight: float32 `(num_judging,)`.
    """

    l2: float
    training_loss: float = np.nan
    held_out_loss: float = np.nan
    sharpening: float = 1.0
    cost: float = np.nan
    held_out_losses: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32), repr=False)


class Judge:
    """One part of the examples, and what the others learn."""

    def __init__(
        self, problem: LinearProblem, part: np.ndarray, targets_of: TargetsOf, loss: ConvexLoss, limited: bool
    ) -> None:
        # Only plain views judge, and the other views of a judging picture train nothing.
        rows, held_out = (np.resize(part, len(problem.example_weights)) for _ in range(2))
        rows[len(part) :] = False
        self._problem, self._rows, self._trained = problem, rows, ~held_out
        self._targets_of, self._loss, self._limited = targets_of, loss, limited
        self._num_trained = int((~part).sum())
        self.examples = np.flatnonzero(part)
        self.targets, self.weights = targets_of(np.flatnonzero(rows)), problem.example_weights[rows]

    def solve(self, l2: float, start: np.ndarray | None) -> LinearSolution:
        """Return what the others learn under a penalty."""
        weights = np.where(self._trained, self._problem.example_weights, 0).astype(np.float32)
        return self._problem.solve(l2, start, example_weights=weights, tolerance=_TRIAL_TOLERANCE)

    def outputs(self, solution: LinearSolution) -> np.ndarray:
        """Return the outputs for this part, as sure as is usual for few examples."""
        outputs = self._problem.outputs(solution.weights, self._rows)
        if not self._limited:
            return outputs
        rows, num = self._trained, self._num_trained
        factor = solution_confidence(self._problem, solution.weights, rows, self._targets_of, self._loss, num)
        return outputs * np.float32(factor)


class Search:
    """Trials of penalties, and the best so far."""

    def __init__(
        self, judges: Sequence[Judge], loss: ConvexLoss, num_examples: int, *, few: bool, sharpens: bool
    ) -> None:
        self._judges, self._loss = judges, loss
        self._usual = usual_penalty(num_examples) if few else None
        self._sharpens = sharpens and (loss.has_temperature or (few and loss.has_log_odds))
        self._weakest = 0.0 if sharpens else _WEAKEST_UNSHARPENED
        self._targets = np.concatenate([judge.targets for judge in judges])
        self._weights = np.concatenate([judge.weights for judge in judges])
        self._starts: list[np.ndarray | None] = [None] * len(judges)
        self.best = PenaltyTrial(np.nan, cost=np.inf)
        self.best_start: np.ndarray | None = None
        # Which examples judged, and what the best trial says of them: float32 `(num_judging, num_outputs)`.
        self.judging = np.concatenate([judge.examples for judge in judges])
        self.best_outputs = np.empty((0, 0), np.float32)
        self.trials: list[PenaltyTrial] = []

    def run(self, first: float = PENALTIES[0], hopeless: float = np.inf) -> None:
        """Try penalties from strong to weak, and stronger ones if the first is the best.

        Args:
            first: to be tried.
            hopeless: the held-out loss with which no other penalty is tried.
        """
        self._along([first])
        if self.best.held_out_loss < hopeless:
            self._along([l2 for l2 in PENALTIES if self._weakest <= l2 < first])
            if self.best is self.trials[0]:
                self._along([l2 for l2 in ALL_PENALTIES if l2 > first])

    def _along(self, penalties: Sequence[float]) -> None:
        """Try penalties in this order, from the best so far, until they get no better."""
        before: list[np.ndarray | None] = [None] * len(self._judges)
        last_l2, starts, since_best = self.best.l2, self._starts, 0
        for l2 in penalties:
            # Where the penalty decides, weights are inversely proportional to it.
            share = np.float32(min(1, last_l2 / l2))
            solutions = [
                judge.solve(l2, _ahead(share, *last))
                for judge, *last in zip(self._judges, before, starts, strict=True)
            ]
            last_l2, before, starts = l2, starts, [solution.weights for solution in solutions]
            trial, outputs = self._judge(l2, solutions)
            self.trials.append(trial)
            if trial.cost < _BETTER * self.best.cost:
                self.best, self.best_outputs, since_best = trial, outputs, 0
                self.best_start, self._starts = starts[0], starts
            else:
                since_best += 1
            if since_best == _PATIENCE:
                return

    def _judge(self, l2: float, solutions: Sequence[LinearSolution]) -> tuple[PenaltyTrial, np.ndarray]:
        """Return the trial, and the outputs by which it is judged."""
        outputs = np.concatenate(
            [judge.outputs(solution) for judge, solution in zip(self._judges, solutions, strict=True)]
        )
        sharpening = (
            best_sharpening(self._loss, outputs, self._targets, self._weights) if self._sharpens else 1.0
        )
        outputs = outputs * np.float32(sharpening)
        losses = self._loss.losses(outputs, self._targets).numpy()
        held_out_loss = float(np.average(losses, weights=self._weights))
        training_loss = float(np.mean([solution.loss for solution in solutions]))
        unusual = 0.5 * _UNUSUAL * np.log10(l2 / self._usual) ** 2 / len(outputs) if self._usual else 0.0
        cost = held_out_loss + float(unusual)
        return PenaltyTrial(
            l2, training_loss, held_out_loss, sharpening, cost, losses * self._weights
        ), outputs


def _ahead(share: np.float32, before: np.ndarray | None, last: np.ndarray | None) -> np.ndarray | None:
    """Return about the next weights: those after `last`, further by a share of what `last` is from those before it."""
    return last if last is None or before is None else last + share * (last - before)


def solution_confidence(
    problem: LinearProblem,
    weights: np.ndarray,
    trained: np.ndarray,
    targets_of: TargetsOf,
    loss: ConvexLoss,
    num_examples: int,
) -> float:
    """Return how sure weights may be by the rows that have trained them: bool `(num_rows,)`."""
    return usual_confidence(
        loss,
        problem.outputs(weights, trained),
        targets_of(np.flatnonzero(trained)),
        problem.example_weights[trained],
        squared_weights=float((weights[:-1] ** 2).sum()),
        num_examples=num_examples,
    )
