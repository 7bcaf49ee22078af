"""Train one head on stored features: by L-BFGS if that is convex, by gradient on the task's own loss otherwise."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from hydranet.evaluation import head_outputs
from hydranet.experiment import TrainingConfig
from hydranet.tasks import ConvexLoss, Task, task_seed
from hydranet.training._confidence import honest_confidence
from hydranet.training._gradient import fit_by_gradient
from hydranet.training._head_examples import HeadExamples
from hydranet.training._held_out import held_out_parts
from hydranet.training._linear import LinearProblem
from hydranet.training._penalty_search import PenaltyTrial, Search
from hydranet.training._regularisation import RegularisedSolution, search_penalty, solve_regularised

# A feature with a held-out loss of so many times that of another, at that one's penalty, is not the better one: a
# penalty of its own lowers it by some 5 %.
_HOPELESS = 1.1


@dataclass
class HeadTraining:
    """How a head was trained.

    Args:
        num_examples: training examples.
        summary: `l2` of a linear head, `epochs` of another.
        history: one row per penalty or epoch that was tried.
    """

    num_examples: int
    summary: dict[str, float] = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class HeadTrial:
    """What is known of a head before it is trained on all examples.

    Args:
        held_out_losses: of each example that judged while others trained, times its weight: float32 `(num_judging,)`.
        finish: returns the trained head, and how it was trained.
        start: returns a head as `finish` does, but for some examples that have not trained it: bool
            `(num_examples,)`, of those that `HeadExamples.held_out` names; and the factor on its outputs, at most 1,
            with which it is as sure of the others as of those.
        l2: the penalty that was the best for a linear head; None for others, and where no example could judge.
        answers: labels of those examples, and raw outputs for them; None where there are none.
    """

    held_out_losses: np.ndarray
    finish: Callable[[], tuple[Any, HeadTraining]]
    start: Callable[[np.ndarray], tuple[Any, float]]
    l2: float | None = None
    answers: tuple[np.ndarray, np.ndarray] | None = None


def try_head(
    task: Task,
    examples: HeadExamples,
    config: TrainingConfig,
    *,
    seed: int = 0,
    rival: HeadTrial | None = None,
) -> HeadTrial:
    """Return how well a new head for `task` does on examples that do not train it, and what finishes it.

    Args:
        task: with its classes known.
        examples: to train on.
        config: how to train.
        seed: of initial weights, dropout and order.
        rival: the trial of another feature, which shortens this one: its penalty is about the best here too, and what
            is far worse is not searched further.

    Raises:
        ModelError: the training has diverged.
    """
    keras.utils.set_random_seed(task_seed(seed, task.name))
    head = task.build_head(examples.views[0].shape)
    loss = task.convex_loss
    if loss is not None and task.head.is_linear and not task.labels_move:
        return _try_linear(head, task, loss, examples, config, rival)
    history = fit_by_gradient(head, task, examples, config, seed=seed)
    training = HeadTraining(len(examples), {"epochs": len(history)}, history)
    finish, start = (
        lambda: (head, training),
        lambda _: (head, 1.0),
    )  # what is held out has only said when to stop
    judging = np.flatnonzero(examples.held_out)
    if not len(judging):
        return HeadTrial(np.empty(0, np.float32), finish, start)
    labels, features = examples.labels.plain[judging], examples.views[0].select(judging)
    outputs = np.concatenate([part for _, part in head_outputs(head, task, features)])
    losses = np.asarray(task.training_loss(labels, outputs)) * examples.weights[judging]
    return HeadTrial(losses, finish, start, answers=(labels, outputs))


def _try_linear(
    head: Any,
    task: Task,
    loss: ConvexLoss,
    examples: HeadExamples,
    config: TrainingConfig,
    rival: HeadTrial | None,
) -> HeadTrial:
    dense_at = max(index for index, layer in enumerate(head.layers) if isinstance(layer, keras.layers.Dense))
    rows = _ViewedRows(examples, task, head.layers[:dense_at])
    weights = np.tile(examples.weights, len(examples.views))
    problem = LinearProblem(rows.batches, len(rows), rows.targets, weights, loss)
    num_examples, parts = int((examples.weights > 0).sum()), held_out_parts(task, examples)
    # Another prior is exact for outputs that are no surer than their optimum.
    offsets, sharpens = task.output_offsets, task.output_offsets is None
    search = search_penalty(problem, num_examples, parts, rows.targets, loss, sharpens=sharpens)
    if search is not None:
        _run(search, config.l2, rival)

    def solve(problem: LinearProblem) -> RegularisedSolution:
        if config.l2 is None:
            return solve_regularised(problem, num_examples, search, rows.targets, loss, sharpens=sharpens)
        return RegularisedSolution(problem.solve(config.l2).weights, PenaltyTrial(config.l2))

    def fill(head: Any, weights: np.ndarray) -> Any:
        kernel, bias = problem.unstandardised(weights)
        head.layers[dense_at].set_weights([kernel, bias if offsets is None else bias + offsets])
        return head

    def finish() -> tuple[Any, HeadTraining]:
        solution = solve(problem)
        history = [
            {"l2": each.l2, "training_loss": each.training_loss, "held_out_loss": each.held_out_loss}
            for each in solution.trials
        ]
        return fill(head, solution.weights), HeadTraining(len(examples), {"l2": solution.chosen.l2}, history)

    def start(left_out: np.ndarray) -> tuple[Any, float]:
        others, confidence = problem.without(np.tile(left_out, len(examples.views))), 1.0
        weights = solve(others).weights
        if search is not None and loss.has_log_odds:
            trained = others.example_weights > 0
            outputs, targets = others.outputs(weights, trained), rows.targets(np.flatnonzero(trained))
            unseen_loss, shares = search.best.held_out_loss, others.example_weights[trained]
            confidence = honest_confidence(loss, outputs, targets, shares, unseen_loss)
        return fill(task.build_head(examples.views[0].shape), weights), confidence

    if search is None:
        return HeadTrial(np.empty(0, np.float32), finish, start)
    outputs = search.best_outputs
    for layer in head.layers[dense_at + 1 :]:
        outputs = np.asarray(layer(outputs))
    answers = examples.labels.plain[search.judging], outputs
    return HeadTrial(search.best.held_out_losses, finish, start, search.best.l2, answers)


def _run(search: Search, l2: float | None, rival: HeadTrial | None) -> None:
    if l2 is not None:
        search.run(l2, hopeless=-np.inf)
    elif rival is None or rival.l2 is None:
        search.run()
    else:
        search.run(rival.l2, hopeless=_HOPELESS * float(rival.held_out_losses.mean()))


class _ViewedRows:
    """All views of all pictures, one view after the other, as a linear problem reads them."""

    def __init__(self, examples: HeadExamples, task: Task, layers_below: list[Any]) -> None:
        self._examples = examples
        self._task = task
        self._layers_below = layers_below

    def __len__(self) -> int:
        return len(self._examples.views) * len(self._examples)

    def batches(self, batch_size: int) -> Any:
        """Yield slices of the rows and the inputs of the dense layer: float32 `(batch, num_inputs)`."""
        for view, features in enumerate(self._examples.views):
            offset = view * len(self._examples)
            for rows, inputs in features.batches(batch_size):
                for layer in self._layers_below:
                    inputs = np.asarray(layer(inputs))
                yield slice(rows.start + offset, rows.stop + offset), inputs

    def targets(self, rows: "slice | np.ndarray") -> np.ndarray:
        """Return what the dense layer should give, activated: float32 `(batch, num_outputs)`."""
        if isinstance(rows, slice):
            rows = np.arange(rows.start, rows.stop)
        return self._task.convex_targets(self._examples.labels.plain[rows % len(self._examples)])
