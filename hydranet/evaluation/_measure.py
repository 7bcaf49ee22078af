"""How good a head is on pictures it has not been trained on."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from hydranet.features import Features
from hydranet.tasks import Task

# At most so many rows at once, and so many bytes of them: feature maps are large.
_BATCH_ROWS, _BATCH_BYTES = 1024, 32 * 2**20


def evaluate_head(head: Any, task: Task, features: Features, labels: list[str]) -> dict[str, float]:
    """Return the number of examples, each of the task's metrics, and the mean loss.

    Args:
        head: from features to outputs.
        task: encodes the labels, and gives loss and metrics.
        features: one row per label.
        labels: as the source has them.
    """
    return measure(task, task.encode(labels), head_outputs(head, features))


def head_outputs(head: Any, features: Features) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield what a head gives for features, in parts: rows, and float32 `(num_rows, num_outputs)` for them."""
    row_bytes = 4 * math.prod(features.shape)
    for rows, batch in features.batches(max(min(_BATCH_ROWS, _BATCH_BYTES // row_bytes), 1)):
        yield rows, np.asarray(head(batch, training=False))


def measure(task: Task, labels: np.ndarray, outputs: Iterable[tuple[slice, np.ndarray]]) -> dict[str, float]:
    """Return the same for raw outputs, which may come in parts.

    Args:
        task: gives loss and metrics.
        labels: as `task.encode` gives them.
        outputs: rows of `labels`, and float32 `(num_rows, num_outputs)` for them; all rows, each once.
    """
    metrics, total = task.metrics(), 0.0
    for rows, part in outputs:
        predicted = task.activate(part)
        for metric in metrics:
            metric.update_state(task.targets(labels[rows]), predicted)
        total += float(np.asarray(task.loss(labels[rows], part), np.float64).sum())
    return {
        "num_examples": len(labels),
        **{metric.name: float(metric.result()) for metric in metrics},
        "loss": total / len(labels),
    }
