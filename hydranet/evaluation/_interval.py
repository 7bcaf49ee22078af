"""A mean of few values, and how sure it is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from hydranet.tables import interval_text

# The share of intervals made like this that hold the true mean.
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean and its confidence interval.

    Args:
        mean: of the values.
        low: the lower end.
        high: the upper end.
    """

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        """Where it begins and ends; `-` where that can't be known."""
        return interval_text(self.low, self.high)


def confidence_interval(values: Sequence[float]) -> Interval:
    """Return the mean of `values` and its 95 % interval, by Student's t with n − 1 degrees of freedom.

    Args:
        values: at least two, independent and about normally distributed; NaN if one is NaN.

    Example:
        >>> confidence_interval([1.0, 2.0, 3.0])
        Interval(mean=2.0, low=-0.48..., high=4.48...)
    """
    from scipy import stats

    if any(map(math.isnan, values)):
        return Interval(math.nan, math.nan, math.nan)
    count = len(values)
    # `statistics` computes exactly: equal values have a deviation of exactly 0.
    centre = mean(values)
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, count - 1)) * stdev(values) / math.sqrt(count)
    return Interval(centre, centre - half, centre + half)
