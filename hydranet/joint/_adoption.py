"""Whether a task takes over what a phase has trained: only if it has gained more than chance gives."""

from dataclasses import dataclass

import numpy as np

from hydranet.evaluation import SURE, standard_error
from hydranet.tasks import Metric


@dataclass(frozen=True, eq=False)
class Measured:
    """How good a task is on some examples.

    Args:
        metrics: what `evaluate_head` gives.
        values: what the main metric is the mean of: float64 `(num_examples,)`.
        losses: of each example: float64 `(num_examples,)`.
    """

    metrics: dict[str, float]
    values: np.ndarray
    losses: np.ndarray


def is_surely_better(metric: Metric, before: Measured, after: Measured) -> bool:
    """Return whether a task has gained by its main `metric`, or, where that is no worse, by its loss.

    Args:
        metric: the task's main one.
        before, after: of the same examples.
    """
    gain = metric.gain(before.metrics, after.metrics)
    if gain > 0 and gain > SURE * standard_error(before.values, after.values):
        return True
    fall = before.metrics["loss"] - after.metrics["loss"]
    return gain >= 0 and fall > 0 and fall > SURE * standard_error(before.losses, after.losses)
