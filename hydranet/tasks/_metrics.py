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
# Intersection over union, of boxes.
IOU = Metric("iou", is_share=True)
MEAN_ABSOLUTE_ERROR = Metric("mean_absolute_error", larger_is_better=False)
