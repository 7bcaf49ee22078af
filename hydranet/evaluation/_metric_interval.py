"""How far a task's main metric could be off because the split has only so many pictures."""

import math
from typing import TYPE_CHECKING

import numpy as np

from hydranet.evaluation._interval import CONFIDENCE, Interval
from hydranet.tasks import Choices

if TYPE_CHECKING:
    from hydranet.evaluation._assess import Assessment

_RESAMPLES = 1000
# Values drawn at once: few enough to stay in the processor's cache.
_DRAWN_AT_ONCE = 100_000


def metric_interval(assessment: "Assessment", values: np.ndarray | None = None) -> Interval:
    """Return the main metric and its 95 % interval over the pictures that a split might have had.

    Where each picture is right or wrong, the metric is a number of right answers out of n, and its interval is
    Wilson's. Other main metrics are means over the pictures: their interval is that of the means of 1,000 resamples of
    the pictures, by percentile and always the same ones.

    Its ends are NaN where there is a single picture to resample.

    Wilson, 1927, doi:10.1080/01621459.1927.10502953; Efron, 1979, doi:10.1214/aos/1176344552.

    Args:
        assessment: of one split.
        values: what the metric is the mean of, if that is not what the assessed task says: float64 `(num_examples,)`.
    """
    if values is None:
        values = assessment.task.metric_values(assessment.labels, assessment.outputs)
    if _are_single_choices(assessment, values):
        return _wilson(values)
    if len(values) > 1:
        return _bootstrap(values)
    return Interval(float(values.mean()), math.nan, math.nan)


def _are_single_choices(assessment: "Assessment", values: np.ndarray) -> bool:
    """Tell whether each value says of one decision whether it is right."""
    choices = assessment.judgement
    return (
        isinstance(choices, Choices)
        and choices.about is None
        and choices.right.shape[1] == 1
        and np.array_equal(values, choices.right[:, 0])
    )


def _wilson(right: np.ndarray) -> Interval:
    from scipy import stats

    proportion = stats.binomtest(int(right.sum()), len(right))
    low, high = proportion.proportion_ci(CONFIDENCE, method="wilson")
    return Interval(float(proportion.statistic), float(low), float(high))


def _bootstrap(values: np.ndarray) -> Interval:
    from scipy import stats

    low, high = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=_RESAMPLES,
        batch=max(1, _DRAWN_AT_ONCE // len(values)),
        confidence_level=CONFIDENCE,
        method="percentile",
        random_state=0,
    ).confidence_interval
    return Interval(float(values.mean()), float(low), float(high))
