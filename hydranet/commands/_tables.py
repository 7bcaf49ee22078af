"""Results as aligned text for a terminal."""

import csv
import io
from collections.abc import Mapping, Sequence
from itertools import compress
from typing import TYPE_CHECKING, Any

from hydranet.tables import csv_cell, figure, format_table, interval_text
from hydranet.tasks import Prediction, Task

if TYPE_CHECKING:  # so that a table of tasks does not load Keras
    from hydranet.backbones import Cut
    from hydranet.evaluation import Interval
    from hydranet.runs import HeadCheck


def metrics_table(
    tasks: Mapping[str, Task],
    metrics: Mapping[str, Mapping[str, Any]],
    intervals: "Mapping[str, Interval] | None" = None,
    random: Mapping[str, Mapping[str, Any]] | None = None,
) -> str:
    """Return each task's main metric and on how many pictures it was measured; a row more for that out of fold.

    Args:
        tasks: by name; they say what they are judged by.
        metrics: by task name.
        intervals: of the main metrics, as far as they are known.
        random: those of the same heads on a backbone with random weights.
    """
    rows = []
    for name, measured in metrics.items():
        metric, of_random = tasks[name].main_metric.name, (random or {}).get(name, {})
        rows.append(_metrics_row(name, metric, measured, str((intervals or {}).get(name, "-")), of_random))
        if folded := measured.get("out_of_fold"):
            interval = interval_text(*folded["interval"])
            rows.append(_metrics_row(name, metric, folded, interval, of_random.get("out_of_fold", {})))
    header = ["task", "split", "metric", "value", "95 % interval", "random backbone", "pictures"]
    shown = [True] * 4 + [bool(intervals), bool(random), True]
    return format_table(list(compress(header, shown)), [list(compress(row, shown)) for row in rows])


def _metrics_row(
    name: str, metric: str, measured: Mapping[str, Any], interval: str, of_random: Mapping[str, Any]
) -> list[object]:
    compared = figure(of_random[metric]) if metric in of_random else "-"
    if metric not in measured:  # its head came trained, and there are no pictures to measure it on
        return [name, "-", metric, "-", interval, compared, 0]
    value = figure(measured[metric])
    return [name, measured["split"], metric, value, interval, compared, measured["num_examples"]]


def phase_text(number: int, phase: Mapping[str, Any]) -> str:
    """Return what a phase of fine-tuning has done: its cut, and one row per task."""
    best = phase["best_epoch"]
    chosen = f"the best was {best + 1}" if best >= 0 else "none was better than the start"
    rows = [
        [
            name,
            task["metric"],
            figure(task["before"]),
            figure(task["after"]),
            "yes" if task["kept"] else "no: keeps the layers that it had",
        ]
        for name, task in phase["tasks"].items()
    ]
    return (
        f"Fine-tuning phase {number}, above {phase['cut']}: {phase['epochs']} epochs, {chosen}\n"
        + format_table(["task", "metric", "before", "after", "better"], rows)
    )


def predictions_table(names: Sequence[str], predictions: Sequence[Mapping[str, Prediction | None]]) -> str:
    """Return one row per picture and one column per task; `-` where a task is not answered."""
    tasks = list(dict.fromkeys(task for answers in predictions for task in answers))
    rows = [
        [name, *(_answer_text(answers.get(task)) for task in tasks)]
        for name, answers in zip(names, predictions, strict=True)
    ]
    return format_table(["image", *tasks], rows)


def predictions_csv(names: Sequence[str], predictions: Sequence[Mapping[str, Prediction | None]]) -> str:
    """Return `image,task,label,probability,unusual`, one row per picture and task; several labels are joined by `|`.

    The last three are empty where a task is not answered. No cell is one that a spreadsheet computes.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["image", "task", "label", "probability", "unusual"])
    for name, answers in zip(names, predictions, strict=True):
        for task, answer in answers.items():
            label = "" if answer is None else answer.label_text("|")
            numbers = [None, None] if answer is None else [answer.probability, answer.unusual]
            cells = [name, task, label, *("" if number is None else f"{number:.6f}" for number in numbers)]
            writer.writerow(map(csv_cell, cells))
    return text.getvalue().rstrip("\n")


def cuts_table(cuts: "Sequence[Cut]", dtype: str = "float32") -> str:
    """Return one row per cut, from the input to the output."""
    rows = [
        [cut.layer, cut.index, "x".join(map(str, cut.shape)), f"{cut.share_below:.4f}", cut.num_bytes(dtype)]
        for cut in cuts
    ]
    return format_table(
        ["layer", "index", "shape", "share of multiply-adds below", f"bytes per image ({dtype})"], rows
    )


def checks_table(checks: "Sequence[HeadCheck]") -> str:
    """Return one row per head that `verify` has looked at."""
    rows = [
        [
            check.task,
            check.status,
            "-" if check.largest_difference is None else f"{check.largest_difference:.1e}",
            "bit for bit" if check.exact else "within 1e-5",
        ]
        for check in checks
    ]
    return format_table(["task", "status", "largest difference", "compared"], rows)


def _answer_text(prediction: Prediction | None) -> str:
    return "-" if prediction is None else str(prediction)
