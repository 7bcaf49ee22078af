"""How a head was trained, drawn from the rows of `history.csv`: one chart per phase and quantity."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hydranet.charts import Line, line_chart
from hydranet.report._page import Chart
from hydranet.tasks import Metric

History = Sequence[Mapping[str, str]]

_LOSSES = ("training_loss", "held_out_loss", "validation_loss")


def learning_curves(
    history: History, metric: Metric, metrics: Mapping[str, Any], phases: Sequence[Mapping[str, Any]]
) -> list[Chart]:
    """Return the charts of one task.

    Args:
        history: its rows.
        metric: that it is judged by.
        metrics: of the task, which name the penalty that was chosen.
        phases: what each phase of fine-tuning has done, from the run's metrics.
    """
    charts: list[Chart] = []
    for number in sorted({int(row["phase"]) for row in history}):
        rows = [row for row in history if int(row["phase"]) == number]
        if number == 0:
            charts += _head_charts(rows, metrics)
        else:
            charts += _phase_charts(rows, metric.name, number, phases[number - 1])
    return charts


def _head_charts(rows: History, metrics: Mapping[str, Any]) -> list[Chart]:
    if any(row["l2"] for row in rows):
        title = "Head on the frozen backbone"
        svg = line_chart(
            _lines(rows, "l2", _LOSSES),
            x_label="penalty on the weights (l2)",
            y_label="loss",
            title=title,
            x_log=True,
            marker_x=metrics.get("l2"),
        )
        return [Chart(title, svg, "Each penalty's optimum; the one with the lowest held-out loss was taken.")]
    return [_epochs("Head on the frozen backbone: loss", rows, _LOSSES, "loss")]


def _phase_charts(rows: History, metric: str, number: int, phase: Mapping[str, Any]) -> list[Chart]:
    best = phase.get("best_epoch", -1)
    marker = best + 1 if best >= 0 else None
    charts = [_epochs(f"Fine-tuning phase {number}: loss", rows, _LOSSES, "loss", marker)]
    columns = [f"{kind}_{metric}" for kind in ("held_out", "validation")]
    if metric != "loss" and any(row.get(column) for row in rows for column in columns):
        title = f"Fine-tuning phase {number}: {metric.replace('_', ' ')}"
        charts.append(_epochs(title, rows, columns, metric.replace("_", " "), marker))
    return charts


def _epochs(
    title: str, rows: History, columns: Iterable[str], y_label: str, marker: float | None = None
) -> Chart:
    lines = _lines(rows, "epoch", columns, first=1)
    svg = line_chart(lines, x_label="epoch", y_label=y_label, title=title, x_integer=True, marker_x=marker)
    return Chart(
        title, svg, "" if marker is None else f"Epoch {marker:g} was the best for all tasks together."
    )


def _lines(rows: History, x: str, columns: Iterable[str], *, first: int = 0) -> list[Line]:
    """Return a line for each of the columns that has values; what is `x` 0 in the history stands at `first`."""
    lines = []
    for column in columns:
        points = sorted(
            (float(row[x]) + first, float(row[column])) for row in rows if row.get(column) and row[x]
        )
        if points:
            xs, ys = zip(*points, strict=True)
            lines.append(Line(column.replace("_", " "), xs, ys))
    return lines
