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


def is_surely_better(metric: Metric, *changes: tuple[Measured, Measured]) -> bool:
    """Return whether a task has gained by its main `metric`, or, where that is no worse, by its loss.

    Args:
        metric: the task's main one.
        *changes: before and after, of the same examples; all sets of examples speak together.
    """
    values, losses = (
        [np.concatenate([getattr(each, name) for each in side]) for side in zip(*changes, strict=True)]
        for name in ("values", "losses")
    )
    gain = metric.gain(*({metric.name: side.mean()} for side in values))
    if gain > 0 and gain > SURE * standard_error(*values):
        return True
    fall = losses[0].mean() - losses[1].mean()
    return bool(gain >= 0 and fall > 0 and fall > SURE * standard_error(*losses))
