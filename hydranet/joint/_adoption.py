"""Whether a task takes over what a phase has trained: only if it has gained more than chance gives.

The gain of each validation example is that of a pair, before and after; the standard error of their mean says what
chance gives (Student, The Probable Error of a Mean, 1908, doi:10.1093/biomet/6.1.1).
"""

import math
from dataclasses import dataclass

import numpy as np

from hydranet.tasks import Metric

# How many standard errors a gain must have: by chance alone one in twenty has so many.
_SURE = 1.65


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
    if gain > 0 and gain > _SURE * standard_error(before.values, after.values):
        return True
    fall = before.metrics["loss"] - after.metrics["loss"]
    return gain >= 0 and fall > 0 and fall > _SURE * standard_error(before.losses, after.losses)


def standard_error(before: np.ndarray, after: np.ndarray) -> float:
    """Return that of the mean difference; infinite for a single example."""
    differences = after - before
    if len(differences) < 2:
        return math.inf
    return float(differences.std(ddof=1)) / math.sqrt(len(differences))
