"""Train one head on stored features: by L-BFGS if that is convex, by AdamW on the task's own loss otherwise."""

from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from hydranet.experiment import TrainingConfig
from hydranet.tasks import ConvexLoss, Task, task_seed
from hydranet.training._gradient import fit_by_gradient
from hydranet.training._head_examples import HeadExamples
from hydranet.training._held_out import held_out_parts
from hydranet.training._linear import LinearProblem
from hydranet.training._penalty_search import PenaltyTrial
from hydranet.training._regularisation import RegularisedSolution, solve_regularised


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


def fit_head(
    task: Task, examples: HeadExamples, config: TrainingConfig, *, seed: int = 0
) -> tuple[Any, HeadTraining]:
    """Return a new trained head for `task`, and how it was trained.

    Args:
        task: with its classes known.
        examples: to train on.
        config: how to train.
        seed: of initial weights, dropout and order.

    Raises:
        ModelError: the training has diverged.
    """
    keras.utils.set_random_seed(task_seed(seed, task.name))
    head = task.build_head(examples.views[0].shape)
    loss = task.convex_loss
    if loss is not None and task.head.is_linear and not task.labels_are_maps:
        training = _fit_linear(head, task, loss, examples, config)
    else:
        history = fit_by_gradient(head, task, examples, config, seed=seed)
        training = HeadTraining(len(examples), {"epochs": len(history)}, history)
    return head, training


def _fit_linear(
    head: Any, task: Task, loss: ConvexLoss, examples: HeadExamples, config: TrainingConfig
) -> HeadTraining:
    dense_at = max(index for index, layer in enumerate(head.layers) if isinstance(layer, keras.layers.Dense))
    rows = _ViewedRows(examples, task, head.layers[:dense_at])
    weights = np.tile(examples.weights, len(examples.views))
    problem = LinearProblem(rows.batches, len(rows), rows.targets, weights, loss)
    if config.l2 is not None:
        solution = RegularisedSolution(problem.solve(config.l2).weights, PenaltyTrial(config.l2))
    else:
        parts = held_out_parts(task, examples)
        solution = solve_regularised(problem, len(examples), parts, rows.targets, loss)
    kernel, bias = problem.unstandardised(solution.weights)
    head.layers[dense_at].set_weights([kernel, bias])
    history = [
        {"l2": each.l2, "training_loss": each.training_loss, "held_out_loss": each.held_out_loss}
        for each in solution.trials
    ]
    return HeadTraining(len(examples), {"l2": solution.chosen.l2}, history)


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
