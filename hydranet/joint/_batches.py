"""The rows of a step, divided among the replicas."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from hydranet.data import Mixture
from hydranet.distribution import Distribution
from hydranet.joint._activations import Activations
from hydranet.joint._rows import JointRows


class JointBatch(NamedTuple):
    """A global batch.

    Args:
        of_replica: what each of this worker's replicas gets, by its index: `activations`, and `labels` and
            `weights` by task.
        present: which tasks any of its rows is labelled for: bool `(num_tasks,)`.
    """

    of_replica: dict[int, Any]
    present: np.ndarray


class JointBatches:
    """Makes batches; which rows they hold depends on seed and step alone, not on the number of replicas.

    Args:
        rows: labels and weights.
        activations: of the rows.
        seed: of the order of the rows.
        distribution: each worker reads the rows of its own replicas only.
    """

    def __init__(
        self, rows: JointRows, activations: Activations, seed: int, distribution: Distribution
    ) -> None:
        self._rows = rows
        self._activations = activations
        self._seed = seed
        self._distribution = distribution

    def make(self, mixture: Mixture, step: int, tasks: tuple[str, ...]) -> JointBatch:
        """Return the batch of a step with the labels of `tasks`.

        Every replica gets as many rows; those behind the last one are zeros that weigh nothing.
        """
        plan = mixture.plan(self._seed, step)
        rows = self._rows.rows(plan, mixture.sources)
        size = -(-mixture.batch_size // self._distribution.num_replicas)
        local = self._distribution.local_replicas
        mine = slice(local.start * size, local.stop * size)
        arrays = {
            "activations": self._activations.read(rows[mine], plan.view[mine]),
            "labels": {name: self._rows.labels[name].read(rows[mine], plan.view[mine]) for name in tasks},
            "weights": {name: self._rows.weights[name][rows[mine]] for name in tasks},
        }
        present = np.array([self._rows.weights[name][rows].any() for name in tasks])
        return JointBatch(divide(arrays, local, size), present)


def divide(arrays: Any, replicas: range, size: int) -> dict[int, Any]:
    """Return what each of a worker's replicas gets of its rows: `size` each, and zeros behind the last row.

    Args:
        arrays: a nest of arrays, one row per row of this worker.
        replicas: the indices of its replicas.
        size: rows of each.
    """

    def fill(values: np.ndarray) -> Any:
        return tf.constant(np.pad(values, [(0, size - len(values)), *[(0, 0)] * (values.ndim - 1)]))

    parts = {replica: slice(place * size, (place + 1) * size) for place, replica in enumerate(replicas)}
    return {
        replica: tf.nest.map_structure(lambda values, part=part: fill(values[part]), arrays)
        for replica, part in parts.items()
    }
