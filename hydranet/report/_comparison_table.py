"""A comparison as table and CSV."""

import csv
import math
from pathlib import Path

from hydranet.comparison import Comparison
from hydranet.evaluation import Interval
from hydranet.files import atomic_path
from hydranet.report._comparison import compare_costs, compare_tasks, relative_gain
from hydranet.report._units import RELATIVE_CHANGE, name_text, value_text
from hydranet.tables import format_table
from hydranet.tasks import Metric

# The mean over all tasks has a row of its own; no task can have this name.
_ALL_TASKS = "(all tasks)"


def comparison_header(comparison: Comparison) -> list[str]:
    """Return the names of the table's columns."""
    sides = (comparison.subject, comparison.baseline)
    return ["task", "metric", "split", "pictures", *sides, "difference", "95 % interval"]


def comparison_rows(comparison: Comparison) -> list[list[str]]:
    """Return one row per task, one for all of them, and one for each cost."""
    rows = [
        [
            each.task,
            name_text(each.metric),
            each.split or "-",
            str(each.num_examples or "-"),
            value_text(each.mean, each.metric),
            value_text(each.baseline_mean, each.metric),
            *_signed(each.difference, each.metric),
        ]
        for each in [*compare_tasks(comparison), *compare_costs(comparison)]
    ]
    everything = [
        *(_ALL_TASKS, name_text(RELATIVE_CHANGE), "-", "-", "-", "-"),
        *_signed(relative_gain(comparison), RELATIVE_CHANGE),
    ]
    num_tasks = len(comparison.trials[0].metrics)
    return [*rows[:num_tasks], everything, *rows[num_tasks:]]


def comparison_legend(comparison: Comparison) -> str:
    """Return how the table is to be read."""
    return (
        f"{len(comparison.seeds)} seeds; a difference above 0 means that {comparison.subject} is better. Training is "
        "without the features of the frozen backbone; what one training stores, a later one reads."
    )


def comparison_table(comparison: Comparison) -> str:
    """Return the table as aligned text."""
    table = format_table(comparison_header(comparison), comparison_rows(comparison))
    return f"{table}\n\n{comparison_legend(comparison)}"


def write_comparison(comparison: Comparison, path: Path | str) -> None:
    """Write the same as CSV, with all digits."""
    sides = (comparison.subject, comparison.baseline)
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["task", "metric", "split", "num_examples", *sides, "difference", "low", "high"])
        for each in [*compare_tasks(comparison), *compare_costs(comparison)]:
            cells = [
                each.task,
                each.metric.name,
                each.split,
                each.num_examples,
                each.mean,
                each.baseline_mean,
            ]
            writer.writerow([*cells, *_cells(each.difference)])
        everything = [_ALL_TASKS, RELATIVE_CHANGE.name, "", "", "", ""]
        writer.writerow([*everything, *_cells(relative_gain(comparison))])


def _signed(interval: Interval, metric: Metric) -> list[str]:
    if math.isnan(interval.mean):
        return ["-", "-"]
    low, mean, high = (value_text(each, metric, "+") for each in (interval.low, interval.mean, interval.high))
    return [mean, f"{low} to {high}"]


def _cells(interval: Interval) -> list[float]:
    return [interval.mean, interval.low, interval.high]
