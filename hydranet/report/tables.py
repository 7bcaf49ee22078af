"""Results as aligned text for a terminal."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hydranet.tasks import Prediction
from hydranet.tasks.metrics import main_metric

if TYPE_CHECKING:  # so that a table of tasks does not load Keras
    from hydranet.evidence.interval import Interval
    from hydranet.model.cuts import Cut
    from hydranet.model.verify import HeadCheck


def format_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return aligned columns; numbers to the right.

    Example:
        >>> print(format_table(["task", "accuracy"], [["cats_dogs", "0.973"]]))
        task       accuracy
        cats_dogs     0.973
    """
    texts = [[str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    numeric = [bool(rows) and all(_is_number(str(row[i])) for row in rows) for i in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in texts
    )


def metrics_table(
    tasks: Mapping[str, Mapping[str, Any]],
    intervals: "Mapping[str, Interval] | None" = None,
    random: Mapping[str, Mapping[str, Any]] | None = None,
) -> str:
    """Return one row per task: its main metric and on how many pictures it was measured.

    Args:
        tasks: metrics by task name.
        intervals: of the main metrics.
        random: those of the same heads on a backbone with random weights.
    """
    header = ["task", "split", "metric", "value", *(["95 % interval"] if intervals else [])]
    header += [*(["random backbone"] if random else []), "pictures"]
    rows = []
    for name, metrics in tasks.items():
        metric = main_metric(metrics)
        compared = [f"{random[name][metric]:.4f}"] if random else []
        interval = [interval_text(intervals[name])] if intervals else []
        value = f"{metrics[metric]:.4f}"
        rows.append([name, metrics["split"], metric, value, *interval, *compared, metrics["num_examples"]])
    return format_table(header, rows)


def interval_text(interval: "Interval") -> str:
    """Return where the interval begins and ends; `-` where that can't be known."""
    return "-" if math.isnan(interval.low) else f"{interval.low:.4f} to {interval.high:.4f}"


def phase_text(number: int, phase: Mapping[str, Any]) -> str:
    """Return what a phase of fine-tuning has done: its cut, and one row per task."""
    best = phase["best_epoch"]
    chosen = f"the best was {best + 1}" if best >= 0 else "none was better than the start"
    rows = [
        [
            name,
            task["metric"],
            f"{task['before']:.4f}",
            f"{task['after']:.4f}",
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
        [name, *(answer_text(answers.get(task)) for task in tasks)]
        for name, answers in zip(names, predictions, strict=True)
    ]
    return format_table(["image", *tasks], rows)


def predictions_csv(names: Sequence[str], predictions: Sequence[Mapping[str, Prediction | None]]) -> str:
    """Return `image,task,label,probability`, one row per picture and task; several labels are joined by `|`.

    Label and probability are empty where a task is not answered.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["image", "task", "label", "probability"])
    for name, answers in zip(names, predictions, strict=True):
        for task, answer in answers.items():
            label = "" if answer is None else _label(answer, "|")
            probability = None if answer is None else answer.probability
            writer.writerow([name, task, label, "" if probability is None else f"{probability:.6f}"])
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


def answer_text(prediction: Prediction | None) -> str:
    """Return the label and its probability; `-` where the task is not answered."""
    if prediction is None:
        return "-"
    label = _label(prediction, ", ")
    return label if prediction.probability is None else f"{label} {prediction.probability:.3f}"


def _label(prediction: Prediction, separator: str) -> str:
    if isinstance(prediction.label, tuple):
        return separator.join(prediction.label)
    return f"{prediction.label:.6g}" if isinstance(prediction.label, float) else prediction.label


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text == "-"
    return True
