"""The metric that a task is judged by, and when one value of it is better than another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Metric:
    """The name of a metric, and how its values are read.

    Args:
        name: as the Keras metric has it, and `metrics.json`.
        larger_is_better: whether a larger value is better than a smaller one.
        is_share: whether it lies in [0, 1] and is shown in percent.
        unit: of its values, such as `years`; empty where it has none, or none is known.

    Example:
        >>> error = Metric("mean_absolute_error", larger_is_better=False)
        >>> error.gain({"mean_absolute_error": 3.0}, {"mean_absolute_error": 2.5})
        0.5
    """

    name: str
    larger_is_better: bool = True
    is_share: bool = False
    unit: str = ""

    def gain(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> float:
        """Return by how much it has become better from some metrics to others; below 0 if it has become worse."""
        change: float = after[self.name] - before[self.name]
        return change if self.larger_is_better else -change


ACCURACY = Metric("accuracy", is_share=True)
MEAN_ABSOLUTE_ERROR = Metric("mean_absolute_error", larger_is_better=False)


# Best known first: the first one that a task has is shown and compared.
_LARGER_IS_BETTER = {"accuracy": True, "mean_absolute_error": False, "loss": False}


def main_metric(metrics: Mapping[str, float]) -> str:
    """Return the name of the metric by which a task is judged.

    Example:
        >>> main_metric({"loss": 0.1, "auc": 0.99, "accuracy": 0.97})
        'accuracy'
    """
    return next(name for name in _LARGER_IS_BETTER if name in metrics)


def gain(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    """Return by how much the main metric has become better; below 0 if it has become worse.

    Example:
        >>> gain({"mean_absolute_error": 3.0}, {"mean_absolute_error": 2.5})
        0.5
    """
    name = main_metric(after)
    change = after[name] - before[name]
    return change if _LARGER_IS_BETTER[name] else -change
