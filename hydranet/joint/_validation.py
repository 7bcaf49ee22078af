"""How good tasks are while they are trained together: every replica runs its share of the validation rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import tensorflow as tf

from hydranet.distribution import Distribution
from hydranet.evaluation import measure
from hydranet.joint._activations import Activations
from hydranet.joint._adoption import Measured
from hydranet.joint._batches import divide
from hydranet.joint._model import JointModel
from hydranet.tasks import Task

# Rows of one pass on each replica.
_BATCH_ROWS = 64


@dataclass(frozen=True)
class ValidationRows:
    """What a task is judged on.

    Args:
        activations: of its validation pictures.
        labels: as the task encodes them: `(num_rows, ...)`.
    """

    activations: Activations
    labels: np.ndarray


class JointEvaluation:
    """Measures the tasks of a JointModel with its present weights."""

    def __init__(self, model: JointModel, distribution: Distribution) -> None:
        self._model = model
        self._distribution = distribution
        self._features = lru_cache(None)(self._compile_features)
        self._head_outputs = lru_cache(None)(self._compile_outputs)

    def __call__(self, task: Task, validation: ValidationRows) -> dict[str, float]:
        """Return what `evaluate_head` does; every worker gets the same."""
        return self.each(task, validation).metrics

    def each(self, task: Task, validation: ValidationRows) -> Measured:
        """Return the same with the values of each example."""
        labels = validation.labels
        values, losses = np.zeros(len(labels)), np.zeros(len(labels))

        def outputs() -> Iterator[tuple[slice, np.ndarray]]:
            for rows, part in self._outputs(task.name, validation):
                values[rows] = task.metric_values(labels[rows], part)
                losses[rows] = np.asarray(task.loss(labels[rows], part))
                yield rows, part

        metrics = measure(task, labels, outputs())
        numbers = np.array(list(metrics.values()), np.float64)
        numbers, values, losses = self._distribution.from_chief([numbers, values, losses])
        typed = {name: type(metrics[name])(number) for name, number in zip(metrics, numbers, strict=True)}
        return Measured(typed, values, losses)

    def _outputs(self, name: str, validation: ValidationRows) -> Iterator[tuple[slice, np.ndarray]]:
        local, rows = self._distribution.local_replicas, np.arange(len(validation.labels))
        size = _BATCH_ROWS * self._distribution.num_replicas
        for start in range(0, len(rows), size):
            batch = rows[start : start + size]
            mine = batch[local.start * _BATCH_ROWS : local.stop * _BATCH_ROWS]
            parts = divide(validation.activations.read(mine, np.zeros_like(mine)), local, _BATCH_ROWS)
            activations = self._distribution.per_replica(parts.__getitem__)
            features = self._features(self._model.tail_groups[name])(activations)
            outputs = self._distribution.first(self._head_outputs(name)(features))
            yield slice(start, start + len(batch)), outputs[: len(batch)]

    def _compile_features(self, group: str) -> Callable[..., Any]:
        return self._distribution.on_replicas(lambda activations: self._model.features(group, activations))

    def _compile_outputs(self, name: str) -> Callable[..., Any]:
        """Return a function from each replica's features to the outputs of the rows of all of them, in their order."""

        def outputs(features: Any) -> Any:
            own = self._model.outputs(name, features, training=False)
            return tf.distribute.get_replica_context().all_gather(own, axis=0)

        return self._distribution.on_replicas(outputs)
