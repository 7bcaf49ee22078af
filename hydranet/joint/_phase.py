"""One phase of fine-tuning: steps, epochs, early stopping, the best weights, and what a resume needs of them."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hydranet.distribution import Distribution
from hydranet.errors import ModelError
from hydranet.fine_tuning import FineTuning
from hydranet.joint._batches import JointBatch, JointBatches
from hydranet.joint._evaluate import JointEvaluation
from hydranet.joint._model import JointModel
from hydranet.joint._phase_data import PhaseData
from hydranet.joint._step import JointStep
from hydranet.progress import progress_bar
from hydranet.tasks import Task, gain, main_metric, task_seed

Metrics = dict[str, dict[str, float]]


@dataclass
class PhaseState:
    """How far a phase has come, in JSON types.

    Args:
        before: validation metrics of the weights it began with, by task.
        active: tasks that have not stopped.
        best_total: the total validation loss of the best weights.
        best_metrics: theirs, by task.
        best_epoch: that gave them, from 0; -1 is the start.
        lowest: by task, its lowest validation loss.
        since_lowest: by task, the epochs since then.
        step: steps that are made.
        epoch: the present one.
        position: steps of the present epoch that are made.
        losses: of the present epoch, by task: the sum over its steps, and the number of steps with a label.
        history: one row per task and epoch.
        is_finished: whether the phase is over.
    """

    before: Metrics
    active: list[str]
    best_total: float
    best_metrics: Metrics
    lowest: dict[str, float]
    since_lowest: dict[str, int]
    best_epoch: int = -1
    step: int = 0
    epoch: int = 0
    position: int = 0
    losses: dict[str, tuple[float, int]] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    is_finished: bool = False


class Phase:
    """A phase while it runs.

    Args:
        settings: learning rates, epochs, patience …
        number: of the phase, from 1.
        tasks: that are trained, by name.
        data: what they are trained and judged on.
        model: is trained in place.
        seed: of the order of the examples, and of dropout.
        distribution: where `model` lives.
    """

    def __init__(
        self,
        settings: FineTuning,
        number: int,
        tasks: Mapping[str, Task],
        data: PhaseData,
        model: JointModel,
        seed: int,
        distribution: Distribution,
    ) -> None:
        self._settings, self._number, self._tasks, self._data = settings, number, tasks, data
        self._model, self._seed, self._distribution = model, seed, distribution
        self._make_step = JointStep(model, settings.balancing, distribution)
        self._evaluate = JointEvaluation(model, distribution)
        order_seed = zlib.crc32(f"{seed} phase {number}".encode())
        self._batches = JointBatches(data.rows, data.training, order_seed, distribution)
        self.best: dict[str, Any] = {}

    def start(self) -> None:
        """Measure the weights that the phase begins with."""
        before = self._measure(step=0)
        self.best = self._model.arrays()
        self.state = PhaseState(
            before=before,
            active=list(self._tasks),
            best_total=_total(self._tasks, before, before),
            best_metrics=before,
            lowest={name: before[name]["loss"] for name in self._tasks},
            since_lowest=dict.fromkeys(self._tasks, 0),
        )

    def run(self, save: Callable[[bool], None]) -> None:
        """Train until every task has stopped or all steps are made; the best weights are in `best` then.

        Args:
            save: is called when a step is made, with whether an epoch has ended.

        Raises:
            ModelError: a loss is not finite.
        """
        while not self.state.is_finished:
            self._run_epoch(save)
            self._end_epoch()
            save(True)

    @property
    def is_finite(self) -> bool:
        """Whether all weights are; what a step has spoilt, only the loss of the next one tells."""
        return all(np.isfinite(array).all() for arrays in self._model.arrays().values() for array in arrays)

    def arrays(self) -> dict[str, Any]:
        """Return everything of the phase that is not in `state`: nested dicts and lists of arrays."""
        return {
            "now": self._model.arrays(),
            "best": self.best,
            "optimizer": [variable.numpy() for variable in self._model.optimizer.variables],
            "balancing": self._make_step.state,
        }

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
        """Go on from what `asdict(state)` and `arrays` were."""
        self.state = PhaseState(**state)
        self._model.set_arrays(arrays["now"])
        self.best = dict(arrays["best"])
        for variable, value in zip(self._model.optimizer.variables, arrays["optimizer"], strict=True):
            variable.assign(value)
        self._make_step.state = {
            group: dict(arrays.get("balancing", {}).get(group, {})) for group in self._make_step.state
        }

    def _run_epoch(self, save: Callable[[bool], None]) -> None:
        state, active = self.state, tuple(self.state.active)
        mixture = self._data.mixture.only(self._data.rows.sources_with_labels(active))
        first = state.epoch * mixture.steps_per_epoch
        end = mixture.steps_per_epoch
        if self._settings.steps is not None:
            end = min(end, state.position + self._settings.steps - state.step)
        steps = range(first + state.position, first + end)
        label = f"phase {self._number}, epoch {state.epoch + 1}"
        with progress_bar(label, end, unit="steps") as bar:
            bar.update(state.position)
            for batch in _read_ahead(lambda step: self._batches.make(mixture, step, active), steps):
                self._step(batch, active)
                save(False)
                bar.update()

    def _step(self, batch: JointBatch, active: tuple[str, ...]) -> None:
        state = self.state
        for name, seeds in self._model.dropout_seeds().items():
            for layer, variable in enumerate(seeds):
                variable.assign([task_seed(self._seed, f"{name} phase {self._number} {layer}"), state.step])
        losses = self._make_step(self._distribution.per_replica(batch.of_replica.__getitem__), active)
        state.step += 1
        state.position += 1
        for name, loss, present in zip(active, losses.tolist(), batch.present.tolist(), strict=True):
            self._check_finite(f"The loss of {name!r}", loss, state.step)
            total, count = state.losses.get(name, (0.0, 0))
            state.losses[name] = (total + loss, count + present)

    def _end_epoch(self) -> None:
        state = self.state
        metrics = self._measure(state.step)
        state.history += [self._history_row(name, metrics[name]) for name in self._tasks]
        total = _total(self._tasks, state.before, metrics)
        if total < state.best_total:
            state.best_total, state.best_metrics, state.best_epoch = total, metrics, state.epoch
            self.best = self._model.arrays()
        for name in list(state.active):
            self._stop_if_no_better(name, metrics[name]["loss"])
        state.epoch, state.position, state.losses = state.epoch + 1, 0, {}
        num_steps = self._settings.steps
        over = state.epoch >= self._settings.epochs if num_steps is None else state.step >= num_steps
        state.is_finished = over or not state.active

    def _stop_if_no_better(self, name: str, loss: float) -> None:
        state = self.state
        if loss < state.lowest[name]:
            state.lowest[name], state.since_lowest[name] = loss, 0
        else:
            state.since_lowest[name] += 1
        if state.since_lowest[name] >= self._settings.patience:
            state.active.remove(name)

    def _measure(self, step: int) -> Metrics:
        metrics = {
            name: self._evaluate(task, self._data.validation[name]) for name, task in self._tasks.items()
        }
        for name in metrics:
            self._check_finite(f"The validation loss of {name!r}", metrics[name]["loss"], step)
        return metrics

    def _check_finite(self, what: str, loss: float, step: int) -> None:
        if not np.isfinite(loss):
            raise ModelError(
                f"{what} is {loss} at step {step} of fine-tuning phase {self._number}. Try a smaller "
                "learning_rate. The last good checkpoint is kept."
            )

    def _history_row(self, name: str, metrics: Mapping[str, float]) -> dict[str, Any]:
        total, count = self.state.losses.get(name, (0.0, 0))
        metric = main_metric(metrics)
        return {
            "phase": self._number,
            "task": name,
            "epoch": self.state.epoch,
            "training_loss": total / count if count else None,
            "validation_loss": metrics["loss"],
            f"validation_{metric}": metrics[metric],
        }


def is_better(before: Mapping[str, float], after: Mapping[str, float]) -> bool:
    """Return whether a task has gained: by its main metric, or else by its loss."""
    change = gain(before, after)
    return change > 0 or (change == 0 and after["loss"] < before["loss"])


def _total(tasks: Mapping[str, Task], before: Metrics, after: Metrics) -> float:
    """Return the sum of the losses; a task that would be left as it was counts with what it was."""
    return sum(
        task.loss_weight * (after if is_better(before[name], after[name]) else before)[name]["loss"]
        for name, task in tasks.items()
    )


def _read_ahead(make: Callable[[int], JointBatch], steps: range) -> Iterator[JointBatch]:
    """Yield the batch of each step, and read the next one meanwhile."""
    with ThreadPoolExecutor(1, thread_name_prefix="batch") as pool:
        following = [pool.submit(make, step) for step in steps[:1]]
        for step in steps:
            current = following.pop()
            following = [pool.submit(make, later) for later in steps[step + 1 - steps.start :][:1]]
            yield current.result()
