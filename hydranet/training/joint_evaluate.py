"""How good tasks are while they are trained together: every replica runs its share of the validation rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import tensorflow as tf

from hydranet.tasks import Task
from hydranet.training.activations import Activations
from hydranet.training.distribution import Distribution
from hydranet.training.evaluate import measure
from hydranet.training.joint_model import JointModel

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
        self._compiled = lru_cache(None)(self._compile)

    def __call__(self, task: Task, validation: ValidationRows) -> dict[str, float]:
        """Return what `evaluate_head` does; every worker gets the same."""
        return measure(task, validation.labels, self._outputs(task.name, validation))

    def _outputs(self, name: str, validation: ValidationRows) -> Iterator[tuple[slice, np.ndarray]]:
        num_rows = len(validation.labels)
        for start in range(0, num_rows, _BATCH_ROWS * self._distribution.num_replicas):

            def of_replica(replica: int, start: int = start) -> Any:
                # Behind the last row, rows are repeated: all replicas pass as many.
                rows = np.arange(start + replica * _BATCH_ROWS, start + (replica + 1) * _BATCH_ROWS)
                rows = np.minimum(rows, num_rows - 1)
                return tf.constant(validation.activations.read(rows, np.zeros(len(rows), np.int64)))

            inputs = self._distribution.per_replica(of_replica)
            outputs = self._distribution.gather(self._compiled(name)(inputs))
            rows = slice(start, min(start + _BATCH_ROWS * self._distribution.num_replicas, num_rows))
            yield rows, outputs[: rows.stop - rows.start]

    def _compile(self, name: str) -> Any:
        group, head = self._model.tail_groups[name], self._model.heads[name]

        def outputs(activations: Any) -> Any:
            return head(self._model.features(group, activations), training=False)

        return tf.function(
            lambda inputs: self._distribution.strategy.run(outputs, (inputs,)), autograph=False
        )
