"""How good a head is on pictures it has not been trained on, from their stored features."""

from typing import Any

import numpy as np

from hydranet.tasks import Task
from hydranet.training.features import Features
from hydranet.training.gradient import mean_loss

_BATCH_ROWS = 1024


def evaluate_head(head: Any, task: Task, features: Features, labels: list[str]) -> dict[str, float]:
    """Return the number of examples, the mean loss, and each of the task's metrics.

    Args:
        head: from features to outputs.
        task: encodes the labels, and gives loss and metrics.
        features: one row per label.
        labels: as the source has them.
    """
    encoded = task.encode(labels)
    metrics = task.metrics()
    for rows, batch in features.batches(_BATCH_ROWS):
        predicted = task.activate(np.asarray(head(batch, training=False)))
        for metric in metrics:
            metric.update_state(task.targets(encoded[rows]), predicted)
    return {
        "num_examples": len(labels),
        **{metric.name: float(metric.result()) for metric in metrics},
        "loss": mean_loss(head, task, features, encoded),
    }
