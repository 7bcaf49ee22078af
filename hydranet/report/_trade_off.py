"""What accuracy costs: the positions of the dial as table and CSV."""

import csv
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from statistics import fmean

from hydranet.comparison import TradeOff
from hydranet.files import atomic_path
from hydranet.tables import csv_cell, format_table
from hydranet.tasks import Metric


def by_position(points: Iterable[TradeOff]) -> list[list[TradeOff]]:
    """Return the points of each position of the dial: one for each seed."""
    return [list(group) for _, group in groupby(points, lambda point: (point.cut, point.tails))]


def judged_by(point: TradeOff) -> list[tuple[str, Metric]]:
    """Return (task, its main metric) of each task; ordered by metric."""
    return [(task, metric) for metric, values in point.main_values().items() for task in values]


def trade_off_header(points: Sequence[TradeOff]) -> list[str]:
    """Return the names of the table's columns."""
    tasks = (task for task, _ in judged_by(points[0]))
    return [
        "trained",
        "tails",
        "relative cost",
        *tasks,
        *(f"mean {metric.name}" for metric in points[0].means()),
    ]


def trade_off_rows(points: Sequence[TradeOff]) -> list[list[str]]:
    """Return one row per cut and kind of tails: cost, each task's main metric and their mean, over all seeds."""
    tasks, means = judged_by(points[0]), list(points[0].means())
    return [
        [
            position[0].cut,
            position[0].tails,
            f"{fmean(point.relative_cost for point in position):.2f}",
            *(
                f"{fmean(point.metrics[task][metric.name] for point in position):.4f}"
                for task, metric in tasks
            ),
            *(f"{fmean(point.means()[metric] for point in position):.4f}" for metric in means),
        ]
        for position in by_position(points)
    ]


def trade_off_table(points: Sequence[TradeOff]) -> str:
    """Return the table as aligned text."""
    return format_table(trade_off_header(points), trade_off_rows(points))


def write_trade_off(points: Sequence[TradeOff], path: Path | str) -> None:
    """Write one row per point as CSV, with a column `TASK_METRIC` for each task's main metric."""
    tasks = judged_by(points[0])
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            [
                *("cut", "tails", "multiply_adds", "relative_cost"),
                *(f"{task}_{metric.name}" for task, metric in tasks),
                "seed",
            ]
        )
        for point in points:
            values = [point.metrics[task][metric.name] for task, metric in tasks]
            cost = [point.multiply_adds, point.relative_cost]
            writer.writerow(map(csv_cell, [point.cut, point.tails, *cost, *values, point.seed]))
