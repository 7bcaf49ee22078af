"""What joint training gains or costs each task, and all of them: the statistics of a comparison, as table and CSV."""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from hydranet.files import atomic_path
from hydranet.report.interval import Interval, confidence_interval
from hydranet.report.tables import format_table
from hydranet.tasks.metrics import gain, main_metric
from hydranet.training.compare import Comparison

# The mean over all tasks has a row of its own; no task can have this name.
_ALL_TASKS, _RELATIVE_CHANGE = "(all tasks)", "relative_change"
# What is shown in percent; the rest has its own unit.
_PERCENT = {"accuracy", _RELATIVE_CHANGE}


@dataclass(frozen=True)
class TaskComparison:
    """How one task fares in the joint model and on its own, by its main metric; accuracy is in percent.

    Args:
        task: its name.
        metric: the name of its main metric.
        split: on which it was measured.
        num_examples: of that split.
        joint: mean over the seeds in the joint model.
        separate: mean over the seeds in a model of its own.
        difference: how much better the joint model is; below 0 where it is worse.
    """

    task: str
    metric: str
    split: str
    num_examples: int
    joint: float
    separate: float
    difference: Interval


def compare_tasks(comparison: Comparison) -> list[TaskComparison]:
    """Return what each task gains by joint training.

    The interval is that of the differences between two models of one seed, over the seeds. It says how far
    another seed could lead on the same pictures, not what other pictures would give.
    """
    return [
        _compare_task(task, [of[task] for of in comparison.joint], [of[task] for of in comparison.separate])
        for task in comparison.joint[0]
    ]


def multi_task_gain(comparison: Comparison) -> Interval:
    """Return Δ: by how many percent of the separate models' metrics joint training is better, averaged over tasks.

    Tasks count alike whatever their unit. NaN where a separate model's metric is 0.

    Maninis, Radosavovic, Kokkinos, 2019, arXiv:1904.08918.

    Example:
        >>> joint = {"breed": {"accuracy": 0.625}, "age": {"mean_absolute_error": 4.5}}  # 25 % and 10 % better
        >>> separate = {"breed": {"accuracy": 0.5}, "age": {"mean_absolute_error": 5.0}}
        >>> multi_task_gain(Comparison((0, 1), [joint] * 2, [separate] * 2)).mean
        17.5
    """
    return confidence_interval(
        [
            fmean(_relative_gain(separate[task], joint[task]) for task in joint)
            for separate, joint in zip(comparison.separate, comparison.joint, strict=True)
        ]
    )


def regressions(comparison: Comparison, fail_below: float) -> list[str]:
    """Return the tasks whose difference is below `fail_below`: in points for accuracy, else in the metric's unit.

    Example:
        >>> joint = {"breed": {"split": "test", "num_examples": 200, "accuracy": 0.58}}
        >>> separate = {"breed": {"split": "test", "num_examples": 200, "accuracy": 0.60}}
        >>> regressions(Comparison((0, 1), [joint] * 2, [separate] * 2), fail_below=-1)
        ['breed']
    """
    return [each.task for each in compare_tasks(comparison) if each.difference.mean < fail_below]


def comparison_table(comparison: Comparison) -> str:
    """Return one row per task, and one for all of them."""
    header = ["task", "metric", "split", "pictures", "joint", "separate", "difference", "95 % interval"]
    rows = [
        [
            each.task,
            f"{each.metric}, %" if each.metric in _PERCENT else each.metric,
            each.split,
            each.num_examples,
            _number(each.joint, each.metric),
            _number(each.separate, each.metric),
            *_signed(each.difference, each.metric),
        ]
        for each in compare_tasks(comparison)
    ]
    everything = [
        *(_ALL_TASKS, "relative change, %", "-", "-", "-", "-"),
        *_signed(multi_task_gain(comparison), _RELATIVE_CHANGE),
    ]
    legend = f"{len(comparison.seeds)} seeds; a difference above 0 means that joint training is better."
    return format_table(header, [*rows, everything]) + f"\n\n{legend}"


def write_comparison(comparison: Comparison, path: Path | str) -> None:
    """Write the same as CSV, with all digits."""
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["task", "metric", "split", "num_examples", "joint", "separate", "difference", "low", "high"]
        )
        for each in compare_tasks(comparison):
            cells = [each.task, each.metric, each.split, each.num_examples, each.joint, each.separate]
            writer.writerow([*cells, *_cells(each.difference)])
        everything = [_ALL_TASKS, _RELATIVE_CHANGE, "", "", "", ""]
        writer.writerow([*everything, *_cells(multi_task_gain(comparison))])


def _compare_task(task: str, joint: list[dict[str, Any]], separate: list[dict[str, Any]]) -> TaskComparison:
    metric = main_metric(joint[0])
    scale = 100.0 if metric in _PERCENT else 1.0
    return TaskComparison(
        task,
        metric,
        joint[0]["split"],
        joint[0]["num_examples"],
        scale * fmean(metrics[metric] for metrics in joint),
        scale * fmean(metrics[metric] for metrics in separate),
        confidence_interval(
            [scale * gain(alone, together) for alone, together in zip(separate, joint, strict=True)]
        ),
    )


def _relative_gain(separate: Mapping[str, float], joint: Mapping[str, float]) -> float:
    """Return the gain in percent of the separate model's metric."""
    change, start = gain(separate, joint), separate[main_metric(separate)]
    if change == 0:
        return 0.0
    return 100 * change / start if start else math.nan


def _signed(interval: Interval, metric: str) -> list[str]:
    if math.isnan(interval.mean):
        return ["-", "-"]
    low, mean, high = (_number(value, metric, "+") for value in (interval.low, interval.mean, interval.high))
    return [mean, f"{low} to {high}"]


def _number(value: float, metric: str, sign: str = "") -> str:
    return f"{value + 0.0:{sign}{'.2f' if metric in _PERCENT else '.4g'}}"  # + 0.0 for no minus before a zero


def _cells(interval: Interval) -> list[float]:
    return [interval.mean, interval.low, interval.high]
