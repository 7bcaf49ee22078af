"""What a report says of one task: how it was trained, how good its answers are, which pictures went wrong."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hydranet.charts import Line, calibration_chart, line_chart, matrix_chart, scatter_chart
from hydranet.domains import adoption_text
from hydranet.evaluation import (
    Assessment,
    Curve,
    GradCam,
    calibrate,
    class_samples,
    confusion,
    least_certain,
    most_confident_mistakes,
    per_class_metrics,
    precision_recall_curve,
    roc_curve,
)
from hydranet.report._audit_galleries import audit_galleries
from hydranet.report._gallery import Gallery, augmented_tiles, draws, notable_tiles, sample_tiles
from hydranet.report._learning_curves import History, learning_curves
from hydranet.report._page import Chart, Table
from hydranet.runs import Run
from hydranet.tables import figure
from hydranet.tasks import Choices, Estimates, Overlaps, Task
from hydranet.training import Audit

_MOST_CONFUSED = 15
# Tasks with up to so many classes show several samples of each.
_FEW_CLASSES = 12
_AUGMENTED_SAMPLES, _MOST_VIEWS = 3, 5


@dataclass(frozen=True)
class TaskSection:
    """The section of one task; what does not apply to its kind is empty."""

    name: str
    subtitle: str
    phases: Table | None = None
    curves: Sequence[Chart] = ()
    charts: Sequence[Chart] = ()
    confused: Table | None = None
    classes: Table | None = None
    galleries: list[Gallery] = field(default_factory=list)
    domain: str = ""


def task_section(
    run: Run,
    assessment: Assessment,
    grad_cam: GradCam,
    history: History,
    most_tiles: int,
    audit: Audit | None = None,
) -> TaskSection:
    """Return the section of the task that was assessed.

    Args:
        run: that the task belongs to.
        assessment: of the task.
        grad_cam: of the run's model.
        history: the task's rows.
        most_tiles: pictures in each gallery.
        audit: of the task, if there was one.
    """
    task, phases = assessment.task, run.metrics.get("fine_tuning", [])
    galleries = [] if audit is None else audit_galleries(run, audit, grad_cam)
    galleries += _galleries(run, assessment, grad_cam, most_tiles)
    return TaskSection(
        task.name,
        _subtitle(task, assessment),
        _phases_table(task.name, phases),
        learning_curves(
            history, task.main_metric, run.metrics["tasks"].get(task.name, assessment.metrics), phases
        ),
        _answer_charts(assessment),
        _confused_table(assessment),
        _classes_table(assessment),
        [gallery for gallery in galleries if gallery.tiles],
        _domain_text(run.metrics["tasks"].get(task.name, {})),
    )


def _subtitle(task: Task, assessment: Assessment) -> str:
    kind = task.kind.replace("_", "-")
    of_classes = f", {len(task.classes)} classes" if task.classes else ""
    reads = f"; reads {task.head.feature}" if task.head.feature else ""
    measured = f"measured on the {len(assessment.labels)} pictures of the {assessment.split} split"
    return f"{kind}{of_classes}{reads}; {measured}"


def _domain_text(metrics: Mapping[str, Any]) -> str:
    return f"Another domain: {adoption_text(metrics['domain'])}." if "domain" in metrics else ""


def _phases_table(name: str, phases: Sequence[Mapping[str, Any]]) -> Table | None:
    rows = [
        [
            number,
            phase["cut"],
            phase["epochs"],
            of_task["metric"].replace("_", " "),
            figure(of_task["before"]),
            figure(of_task["after"]),
            "" if (error := of_task.get("standard_error")) is None else figure(error),
            "took the new layers" if of_task["kept"] else "keeps the layers that it had",
        ]
        for number, phase in enumerate(phases, start=1)
        if (of_task := phase["tasks"].get(name))
    ]
    header = [
        "phase",
        "trained above",
        "epochs",
        "metric",
        "before",
        "after",
        "standard error of the gain",
        "",
    ]
    return Table(header, rows) if rows else None


def _answer_charts(assessment: Assessment) -> list[Chart]:
    judgement = assessment.judgement
    if isinstance(judgement, Estimates):
        return [_estimates_chart(judgement)]
    if isinstance(judgement, Overlaps):
        return [_overlaps_chart(judgement)]
    charts = []
    if _is_between_classes(assessment):
        charts.append(_confusion_chart(assessment))
        charts += _ranking_charts(assessment, judgement.alternatives[-1])
    return [*charts, _calibration_chart(assessment)]


def _is_between_classes(assessment: Assessment) -> bool:
    """Tell whether what is decided is always which of the same classes it is, so that one is taken for another."""
    return isinstance(assessment.judgement, Choices) and assessment.judgement.about is None


def _estimates_chart(estimates: Estimates) -> Chart:
    title = "Prediction against truth"
    svg = scatter_chart(
        estimates.truth.tolist(),
        estimates.estimate.tolist(),
        x_label=_with_unit("truth", estimates),
        y_label=_with_unit("prediction", estimates),
        title=title,
    )
    return Chart(title, svg)


def _overlaps_chart(overlaps: Overlaps) -> Chart:
    title, values = "Overlap of answer and label", np.sort(overlaps.values)
    shares = 1 - np.arange(len(values)) / len(values)
    svg = line_chart(
        [Line("pictures", [0.0, *values.tolist()], [1.0, *shares.tolist()])],
        x_label="intersection over union",
        y_label="share of pictures with as much",
        title=title,
        y_range=(0.0, 1.0),
    )
    return Chart(title, svg, f"Mean {values.mean():.3f}, median {np.median(values):.3f}.")


def _with_unit(name: str, estimates: Estimates) -> str:
    return ", ".join(filter(None, [name, estimates.unit]))


def _confusion_chart(assessment: Assessment) -> Chart:
    found, title = confusion(assessment), "Confusion matrix"
    svg = matrix_chart(found.counts, found.classes, title=title)
    return Chart(title, svg, "Row: what it is. Column: the answer.")


def _ranking_charts(assessment: Assessment, positive: str) -> list[Chart]:
    roc, precision_recall = roc_curve(assessment), precision_recall_curve(assessment)
    if roc is None or precision_recall is None:
        return []
    roc_title, pr_title = "ROC curve", "Precision and recall"
    return [
        Chart(
            roc_title,
            line_chart(
                [Line("ROC", roc.x, roc.y)],
                x_label="false positive rate",
                y_label="true positive rate",
                title=roc_title,
                y_range=(0.0, 1.0),
                diagonal=True,
            ),
            f"Area {roc.area:.4f}; positive is {positive}.",
        ),
        Chart(
            pr_title,
            line_chart(
                [_steps("precision", precision_recall)],
                x_label="recall",
                y_label="precision",
                title=pr_title,
                y_range=(0.0, 1.0),
            ),
            f"Average precision {precision_recall.area:.4f}; positive is {positive}.",
        ),
    ]


def _steps(name: str, curve: Curve) -> Line:
    """Return a curve on which each value holds from the point before to its own; see `precision_recall_curve`."""
    starts = curve.x[:1] + curve.x[:-1]
    xs = [x for pair in zip(starts, curve.x, strict=True) for x in pair]
    return Line(name, xs, [y for y in curve.y for _ in range(2)])


def _calibration_chart(assessment: Assessment) -> Chart:
    found, title = calibrate(assessment), "Calibration"
    svg = calibration_chart(found.confidence, found.accuracy, found.counts, title=title)
    return Chart(
        title,
        svg,
        f"Expected calibration error {found.error:.3f}, and {found.floor:.3f} for a perfectly calibrated head on as "
        "few pictures; on the diagonal, confidence is accuracy.",
    )


def _confused_table(assessment: Assessment) -> Table | None:
    if not _is_between_classes(assessment):
        return None
    pairs = confusion(assessment).most_confused(_MOST_CONFUSED)
    rows = [[pair.truth, pair.predicted, pair.count, f"{pair.share:.0%}"] for pair in pairs]
    header = ["is", "was taken for", _unit(assessment), "share of the class"]
    return Table(header, rows) if rows else None


def _classes_table(assessment: Assessment) -> Table | None:
    classes = per_class_metrics(assessment)
    rows = [
        [each.name, *map(_share, (each.precision, each.recall, each.f1)), each.support]
        for each in sorted(classes, key=lambda each: (math.isnan(each.f1), each.f1))
    ]
    return Table(["class", "precision", "recall", "F1", _unit(assessment)], rows) if rows else None


def _unit(assessment: Assessment) -> str:
    judgement = assessment.judgement
    return judgement.unit if isinstance(judgement, Choices) else "pictures"


def _share(value: float) -> str:
    """Return a share as text; one of nothing has no value."""
    return "-" if math.isnan(value) else f"{value:.3f}"


def _galleries(run: Run, assessment: Assessment, grad_cam: GradCam, most_tiles: int) -> list[Gallery]:
    wrong = most_confident_mistakes(assessment, most_tiles)
    unsure = least_certain(assessment, most_tiles)
    num_classes = len(assessment.task.classes) or 1
    per_class = max(min(4, most_tiles // num_classes), 1)
    samples = class_samples(run, assessment, per_class=per_class, most_classes=8 * most_tiles)
    few = num_classes <= _FEW_CLASSES
    is_choice = isinstance(assessment.judgement, Choices)
    mistakes = "Most confident mistakes" if is_choice else "Largest errors"
    is_drawn = draws(assessment.task, assessment.task.activate(assessment.outputs[:1]))
    drawn = " Drawn on the left is the answer, on the right the label." if is_drawn else ""
    return [
        Gallery(
            mistakes,
            notable_tiles(run, assessment, wrong, grad_cam),
            f"The answer, and what the label says.{drawn}",
        ),
        Gallery("Least certain", notable_tiles(run, assessment, unsure, grad_cam)),
        Gallery("Training pictures of each class", sample_tiles(assessment.task, samples), folded=not few),
        Gallery(
            "As training sees them changed",
            augmented_tiles(run, assessment.task, samples[::per_class][:_AUGMENTED_SAMPLES], _MOST_VIEWS),
        ),
    ]
