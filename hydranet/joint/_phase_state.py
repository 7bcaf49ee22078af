"""How far a phase of fine-tuning has come, and what it ends with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hydranet.evaluation import standard_error
from hydranet.joint._adoption import Measured, is_surely_better
from hydranet.tasks import Metric, Task

# Metrics of each task, by its name.
TaskMetrics = dict[str, dict[str, float]]


@dataclass
class PhaseState:
    """How far a phase has come, in JSON types.

    Args:
        before: validation metrics of the weights that the tasks had, by task.
        start: metrics of the weights it began with, on the examples that choose the epoch, by task.
        active: tasks that have not stopped.
        best_total: the total loss of the best weights on these examples.
        lowest: by task, its lowest loss on them while it has been trained.
        since_lowest: by task, the epochs since then.
        best_epoch: that gave the best weights, from 0; -1 is the start.
        step: steps that are made.
        epoch: the present one.
        position: steps of the present epoch that are made.
        losses: of the present epoch, by task: the sum over its steps, and the number of steps with a label.
        history: one row per task and epoch.
        is_finished: whether the phase is over.
    """

    before: TaskMetrics
    start: TaskMetrics
    active: list[str]
    best_total: float
    lowest: dict[str, float]
    since_lowest: dict[str, int]
    best_epoch: int = -1
    step: int = 0
    epoch: int = 0
    position: int = 0
    losses: dict[str, tuple[float, int]] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    is_finished: bool = False

    @classmethod
    def at_start(cls, tasks: Mapping[str, Task], before: TaskMetrics, start: TaskMetrics) -> "PhaseState":
        """Return the state of a phase that begins with weights of these metrics."""
        return cls(
            before=before,
            start=start,
            active=list(tasks),
            best_total=total_loss(tasks, start, start),
            lowest={name: start[name]["loss"] for name in tasks},
            since_lowest=dict.fromkeys(tasks, 0),
        )


@dataclass(frozen=True, eq=False)
class PhaseResult:
    """What a phase ends with.

    Args:
        before: how good the weights that the tasks had are on validation, by task.
        after: how good the best weights are there.
        choosing: by task, how good the weights that it began with and the best ones are on the examples that have
            chosen the epoch; not of tasks whose validation has.
        weights: the best, by `tail NAME` and `head NAME`.
        history: one row per task and epoch.
        num_epochs: that were made.
        best_epoch: that gave the best weights, from 0; -1 is the start.
        num_steps: that were made.
        main_metrics: by which each task is judged, by its name.
    """

    before: Mapping[str, Measured]
    after: Mapping[str, Measured]
    choosing: Mapping[str, tuple[Measured, Measured]]
    weights: Mapping[str, Sequence[np.ndarray]]
    history: Sequence[dict[str, Any]]
    num_epochs: int
    best_epoch: int
    num_steps: int
    main_metrics: Mapping[str, Metric]

    @property
    def better(self) -> list[str]:
        """The tasks that have gained more than chance gives, by validation and what has chosen together.

        There are too few epochs to choose among for the choice to flatter much, and the validation split alone is often
        too small to tell.
        """
        changes = {name: [(self.before[name], self.after[name])] for name in self.main_metrics}
        for name, change in self.choosing.items():
            changes[name].append(change)
        return [
            name for name, metric in self.main_metrics.items() if is_surely_better(metric, *changes[name])
        ]

    def gain_error(self, name: str) -> float | None:
        """Return the standard error of a task's gain in its main metric; None where one example can't say."""
        error = standard_error(self.before[name].values, self.after[name].values)
        return error if np.isfinite(error) else None


def is_better(metric: Metric, before: Mapping[str, float], after: Mapping[str, float]) -> bool:
    """Return whether a task has gained: by its main `metric`, or else by its loss."""
    change = metric.gain(before, after)
    return change > 0 or (change == 0 and after["loss"] < before["loss"])


def total_loss(tasks: Mapping[str, Task], before: TaskMetrics, after: TaskMetrics) -> float:
    """Return the sum of the losses; a task that would be left as it was counts with what it was."""
    return sum(
        task.loss_weight
        * (after if is_better(task.main_metric, before[name], after[name]) else before)[name]["loss"]
        for name, task in tasks.items()
    )
