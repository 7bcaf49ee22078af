"""What one training gains or costs each task beside another, and all of them: the statistics of a comparison."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from hydranet.comparison import Comparison
from hydranet.evaluation import Interval, confidence_interval
from hydranet.report._units import RELATIVE_COST, TRAINING_TIME, scale
from hydranet.tasks import Metric


@dataclass(frozen=True)
class Pair:
    """One measure of both sides of a comparison, seed by seed; shares are in percent.

    Args:
        task: its name.
        metric: its main metric, or a cost.
        split: on which it was measured; empty for a cost.
        num_examples: of that split.
        values: of the experiment.
        baselines: of what it is compared with.
        gains: by how much the experiment is better; below 0 where it is worse.
    """

    task: str
    metric: Metric
    split: str
    num_examples: int | None
    values: tuple[float, ...]
    baselines: tuple[float, ...]
    gains: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The experiment's mean over the seeds."""
        return fmean(self.values)

    @property
    def baseline_mean(self) -> float:
        """The mean over the seeds of what it is compared with."""
        return fmean(self.baselines)

    @property
    def difference(self) -> Interval:
        """The mean gain and its interval.

        The interval is that of the differences between two trainings of one seed, over the seeds. It says how far
        another seed could lead on the same pictures, not what other pictures would give.
        """
        return confidence_interval(self.gains)


def compare_tasks(comparison: Comparison) -> list[Pair]:
    """Return each task's main metric on both sides."""
    return [
        _pair(
            task,
            comparison.main_metrics[task],
            [trial.metrics[task] for trial in comparison.trials],
            [trial.metrics[task] for trial in comparison.baseline_trials],
        )
        for task in comparison.trials[0].metrics
    ]


def compare_costs(comparison: Comparison) -> list[Pair]:
    """Return what answers and training cost on both sides; a gain is what the experiment saves."""
    return [_cost(comparison, cost) for cost in (RELATIVE_COST, TRAINING_TIME)]


def relative_gain(comparison: Comparison) -> Interval:
    """Return Δ: by how many percent of the baseline's metrics the experiment is better, averaged over tasks.

    Tasks count alike whatever their unit. NaN where a baseline's metric is 0.

    Maninis, Radosavovic, Kokkinos, 2019, arXiv:1904.08918.

    Example:
        >>> from hydranet.comparison._trial import Trial
        >>> from hydranet.tasks import ACCURACY, MEAN_ABSOLUTE_ERROR
        >>> judged_by = {"breed": ACCURACY, "age": MEAN_ABSOLUTE_ERROR}
        >>> joint = {"breed": {"accuracy": 0.625}, "age": {"mean_absolute_error": 4.5}}  # 25 % and 10 % better
        >>> separate = {"breed": {"accuracy": 0.5}, "age": {"mean_absolute_error": 5.0}}
        >>> shared, separate = [Trial(joint, 1.0)] * 2, [Trial(separate, 2.0)] * 2
        >>> comparison = Comparison("shared_separate", (0, 1), "shared", "separate", shared, separate, judged_by)
        >>> relative_gain(comparison).mean
        17.5
    """
    return confidence_interval(
        [
            fmean(
                _relative_gain(comparison.main_metrics[task], before.metrics[task], after.metrics[task])
                for task in after.metrics
            )
            for before, after in zip(comparison.baseline_trials, comparison.trials, strict=True)
        ]
    )


def regressions(comparison: Comparison, fail_below: float) -> list[str]:
    """Return the tasks whose difference is below `fail_below`: in points for a share, else in the metric's unit.

    Example:
        >>> from hydranet.comparison._trial import Trial
        >>> from hydranet.tasks import ACCURACY
        >>> joint = {"breed": {"split": "test", "num_examples": 200, "accuracy": 0.58}}
        >>> separate = {"breed": {"split": "test", "num_examples": 200, "accuracy": 0.60}}
        >>> shared, separate = [Trial(joint, 1.0)] * 2, [Trial(separate, 1.0)] * 2
        >>> judged_by = {"breed": ACCURACY}
        >>> comparison = Comparison("shared_separate", (0, 1), "shared", "separate", shared, separate, judged_by)
        >>> regressions(comparison, fail_below=-1)
        ['breed']
    """
    return [each.task for each in compare_tasks(comparison) if each.difference.mean < fail_below]


def _pair(task: str, metric: Metric, subject: list[dict[str, Any]], baseline: list[dict[str, Any]]) -> Pair:
    unit = scale(metric)
    return Pair(
        task,
        metric,
        subject[0]["split"],
        subject[0]["num_examples"],
        tuple(unit * metrics[metric.name] for metrics in subject),
        tuple(unit * metrics[metric.name] for metrics in baseline),
        tuple(unit * metric.gain(before, after) for before, after in zip(baseline, subject, strict=True)),
    )


def _cost(comparison: Comparison, cost: Metric) -> Pair:
    values = tuple(getattr(trial, cost.name) for trial in comparison.trials)
    baselines = tuple(getattr(trial, cost.name) for trial in comparison.baseline_trials)
    saved = tuple(before - after for before, after in zip(baselines, values, strict=True))
    return Pair("(cost)", cost, "", None, values, baselines, saved)


def _relative_gain(metric: Metric, before: Mapping[str, float], after: Mapping[str, float]) -> float:
    """Return the gain in percent of the metric before."""
    change, start = metric.gain(before, after), before[metric.name]
    if change == 0:
        return 0.0
    return 100 * change / start if start else math.nan
