"""How good a head is on pictures it has not been trained on: the one place where metrics are computed."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from hydranet.features import Features
from hydranet.tasks import Task

# At most so many rows at once, and so many bytes of them or of their outputs: maps are large.
_BATCH_ROWS, _BATCH_BYTES = 1024, 32 * 2**20


class Measurement:
    """The metrics of a task, from answers that come in parts.

    Args:
        task: gives the metrics.

    Example:
        >>> from hydranet.tasks import SingleLabel
        >>> task = SingleLabel(name="cats_dogs", classes=("cat", "dog"))
        >>> measurement = Measurement(task)
        >>> measurement.add(np.array([0, 1]), np.array([[0.2], [0.4]], np.float32))
        >>> measurement.result()["accuracy"]
        0.5
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._metrics = task.metrics()

    def add(self, labels: np.ndarray, activated: np.ndarray) -> None:
        """Take in some answers.

        Args:
            labels: as `task.encode` gives them.
            activated: as `task.activate` gives them of outputs, or `task.activated` of scores; one row per label.
        """
        targets = self._task.targets(labels)
        for metric in self._metrics:
            metric.update_state(targets, activated)

    def result(self) -> dict[str, float]:
        """Return each of the task's metrics by its name."""
        return {metric.name: float(metric.result()) for metric in self._metrics}


def evaluate_head(head: Any, task: Task, features: Features, labels: list[str]) -> dict[str, float]:
    """Return the number of examples, each of the task's metrics, and the mean loss.

    Args:
        head: from features to outputs.
        task: encodes the labels, and gives loss and metrics.
        features: one row per label.
        labels: as the source has them.
    """
    return measure(task, task.encode(labels), head_outputs(head, task, features))


def head_outputs(head: Any, task: Task, features: Features) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield what a head gives for features, in parts: rows, and float32 `(num_rows, *output_shape)` for them."""
    row_bytes = 4 * max(math.prod(features.shape), math.prod(task.output_shape))
    for rows, batch in features.batches(max(min(_BATCH_ROWS, _BATCH_BYTES // row_bytes), 1)):
        yield rows, np.asarray(head(batch, training=False))


def measure(task: Task, labels: np.ndarray, outputs: Iterable[tuple[slice, np.ndarray]]) -> dict[str, float]:
    """Return the same for raw outputs, which may come in parts.

    Args:
        task: gives loss and metrics.
        labels: as `task.encode` gives them.
        outputs: rows of `labels`, and float32 `(num_rows, *output_shape)` for them; all rows, each once.
    """
    measurement, total = Measurement(task), 0.0
    for rows, part in outputs:
        measurement.add(labels[rows], task.activate(part))
        total += float(np.asarray(task.loss(labels[rows], part), np.float64).sum())
    return {"num_examples": len(labels), **measurement.result(), "loss": total / len(labels)}
