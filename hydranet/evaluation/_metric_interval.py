"""How far a task's main metric could be off because the split has only so many pictures."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from hydranet.evaluation._decisions import decide
from hydranet.evaluation._interval import CONFIDENCE, Interval
from hydranet.tasks import MultiLabel, Regression, SingleLabel, main_metric

if TYPE_CHECKING:
    from hydranet.evaluation._assess import Assessment

_RESAMPLES = 1000
# Values drawn at once: few enough to stay in the processor's cache.
_DRAWN_AT_ONCE = 100_000


def metric_interval(assessment: "Assessment") -> Interval:
    """Return the main metric and its 95 % interval over the pictures that a split might have had.

    The accuracy of a single-label task is a number of right answers out of n, and its interval is Wilson's. Other
    main metrics are means over the pictures: their interval is that of the means of 1,000 resamples of the pictures,
    by percentile and always the same ones.

    Its ends are NaN where there is a single picture to resample; and where an accuracy or mean absolute error is that
    of a kind of task of one's own, of which it isn't known what each picture adds to it.

    Wilson, 1927, doi:10.1080/01621459.1927.10502953; Efron, 1979, doi:10.1214/aos/1176344552.
    """
    metric = main_metric(assessment.metrics)
    values = _values(assessment, metric)
    if metric == "accuracy" and isinstance(assessment.task, SingleLabel):
        return _wilson(values)
    if len(values) > 1:
        return _bootstrap(values)
    return Interval(assessment.metrics[metric], math.nan, math.nan)


def _values(assessment: "Assessment", metric: str) -> np.ndarray:
    """Return what the metric is the mean of: float64 `(num_examples,)`; none where that isn't known."""
    task, labels, outputs = assessment.task, assessment.labels, assessment.outputs
    values: Any = ()
    if metric == "loss":
        values = task.loss(labels, outputs)
    elif metric == "mean_absolute_error" and isinstance(task, Regression):
        values = np.abs(outputs[:, 0] - labels)
    elif metric == "accuracy" and isinstance(task, SingleLabel | MultiLabel):
        values = decide(assessment).right.reshape(len(labels), -1).mean(axis=1)
    return np.asarray(values, np.float64)


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
