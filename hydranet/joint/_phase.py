"""One phase of fine-tuning: steps, epochs, early stopping, the best weights, and what a resume needs of them."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import numpy as np

from hydranet.errors import ModelError
from hydranet.joint._adoption import Measured
from hydranet.joint._batches import JointBatch, JointBatches
from hydranet.joint._job import TrainingJob
from hydranet.joint._model import JointModel
from hydranet.joint._phase_data import PhaseData
from hydranet.joint._phase_plan import PhasePlan
from hydranet.joint._phase_state import PhaseResult, PhaseState, TaskMetrics, total_loss
from hydranet.joint._start import Start
from hydranet.joint._step import JointStep
from hydranet.joint._validation import JointEvaluation
from hydranet.progress import progress_bar
from hydranet.runs import Snapshot
from hydranet.tasks import task_seed


class Phase:
    """A phase while it runs.

    Args:
        plan: what is to be done.
        data: what its tasks are trained and judged on.
        model: is trained in place.
        job: the seed, of the order of the examples and of dropout, and the devices.
    """

    def __init__(self, plan: PhasePlan, data: PhaseData, model: JointModel, job: TrainingJob) -> None:
        self._settings, self._number, self._tasks = plan.settings, plan.number, plan.tasks
        self._data, self._model = data, model
        self._seed, self._distribution = job.experiment.seed, job.distribution
        self._make_step = JointStep(model, plan.settings.balancing, job.distribution)
        self._evaluate = JointEvaluation(model, job.distribution)
        order_seed = zlib.crc32(f"{self._seed} phase {plan.number}".encode())
        self._batches = JointBatches(data.rows, data.training, order_seed, job.distribution)
        self._best: dict[str, Any] = {}
        self._before: dict[str, Measured] = {}
        self._start: dict[str, Measured] = {}

    def start(self, starts: Mapping[str, Start]) -> None:
        """Measure the weights that the tasks have, and those that the phase begins with.

        Args:
            starts: heads to begin with instead of those that the tasks have, by task name.
        """
        self._before = self._measure_validation()
        self._model.set_heads({name: start.weights for name, start in starts.items()})
        self._best = self._model.arrays()
        self.state = PhaseState.at_start(
            self._tasks, before=_metrics_of(self._before), start=self._measure(step=0)
        )
        self._start = self._measure_held_out()
        self._model.scale_outputs(
            {name: start.confidence for name, start in starts.items() if start.confidence < 1}
        )
        # Doubts about what has trained it are to fall from where they are, before patience ends.
        self.state.lowest = {name: metrics["loss"] for name, metrics in self._measure(step=0).items()}

    def run(self, save: Callable[[bool], None]) -> PhaseResult:
        """Train until every task has stopped or all steps are made, and return the best weights.

        Args:
            save: is called when a step is made, with whether an epoch has ended.

        Raises:
            ModelError: a loss is not finite.
        """
        while not self.state.is_finished:
            self._run_epoch(save)
            self._end_epoch()
            save(True)
        state = self.state
        after, held_out = self._measure_best()
        return PhaseResult(
            before=self._before,
            after=after,
            choosing={name: (self._start[name], measured) for name, measured in held_out.items()},
            weights=self._best,
            history=state.history,
            num_epochs=state.epoch,
            best_epoch=state.best_epoch,
            num_steps=state.step,
            main_metrics={name: task.main_metric for name, task in self._tasks.items()},
        )

    @property
    def is_finite(self) -> bool:
        """Whether all weights are; what a step has spoilt, only the loss of the next one tells."""
        return all(np.isfinite(array).all() for arrays in self._model.arrays().values() for array in arrays)

    def snapshot(self) -> Snapshot:
        """Return everything that `restore` needs to go on from here."""
        arrays = {
            "now": self._model.arrays(),
            "best": self._best,
            "optimizer": [variable.numpy() for variable in self._model.optimizer.variables],
            "balancing": self._make_step.state,
            "before": _arrays_of(self._before),
            "start": _arrays_of(self._start),
        }
        return Snapshot(asdict(self.state), arrays)

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from a snapshot."""
        self.state, arrays = PhaseState(**snapshot.state), snapshot.arrays
        self._model.set_arrays(arrays["now"])
        self._best = dict(arrays["best"])
        self._before = _measured(self.state.before, arrays["before"])
        self._start = _measured(self.state.start, arrays.get("start", {}))
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
        total = total_loss(self._tasks, state.start, metrics)
        if total < state.best_total:
            state.best_total, state.best_epoch = total, state.epoch
            self._best = self._model.arrays()
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

    def _measure(self, step: int) -> TaskMetrics:
        """Return metrics on the examples that choose the epoch."""
        metrics = {
            name: self._evaluate(task, self._data.choosing(name)) for name, task in self._tasks.items()
        }
        for name in metrics:
            kind = self._data.kind_of_choosing(name).replace("_", "-")
            self._check_finite(f"The {kind} loss of {name!r}", metrics[name]["loss"], step)
        return metrics

    def _measure_validation(self) -> dict[str, Measured]:
        return {
            name: self._evaluate.each(task, self._data.validation[name]) for name, task in self._tasks.items()
        }

    def _measure_held_out(self) -> dict[str, Measured]:
        return {
            name: self._evaluate.each(self._tasks[name], rows) for name, rows in self._data.held_out.items()
        }

    def _measure_best(self) -> tuple[dict[str, Measured], dict[str, Measured]]:
        """Return how good the best weights are on validation, and on what is held out.

        The tasks keep what they had if those are the first.
        """
        if self.state.best_epoch < 0:
            return self._before, self._start
        self._model.set_arrays(self._best)
        return self._measure_validation(), self._measure_held_out()

    def _check_finite(self, what: str, loss: float, step: int) -> None:
        if not np.isfinite(loss):
            raise ModelError(
                f"{what} is {loss} at step {step} of fine-tuning phase {self._number}. Try a smaller "
                "learning_rate. The last good checkpoint is kept."
            )

    def _history_row(self, name: str, metrics: Mapping[str, float]) -> dict[str, Any]:
        total, count = self.state.losses.get(name, (0.0, 0))
        metric, kind = self._tasks[name].main_metric.name, self._data.kind_of_choosing(name)
        return {
            "phase": self._number,
            "task": name,
            "epoch": self.state.epoch,
            "training_loss": total / count if count else None,
            f"{kind}_loss": metrics["loss"],
            f"{kind}_{metric}": metrics[metric],
        }


def _arrays_of(measured: Mapping[str, Measured]) -> dict[str, Any]:
    return {name: {"values": each.values, "losses": each.losses} for name, each in measured.items()}


def _measured(metrics: TaskMetrics, arrays: Mapping[str, Any]) -> dict[str, Measured]:
    return {name: Measured(metrics[name], **each) for name, each in arrays.items()}


def _metrics_of(measured: Mapping[str, Measured]) -> TaskMetrics:
    return {name: each.metrics for name, each in measured.items()}


def _read_ahead(make: Callable[[int], JointBatch], steps: range) -> Iterator[JointBatch]:
    """Yield the batch of each step, and read the next one meanwhile."""
    with ThreadPoolExecutor(1, thread_name_prefix="batch") as pool:
        following = [pool.submit(make, step) for step in steps[:1]]
        for step in steps:
            current = following.pop()
            following = [pool.submit(make, later) for later in steps[step + 1 - steps.start :][:1]]
            yield current.result()
