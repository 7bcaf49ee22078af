"""The first table of a run's report: how good each task is, and how far that could be off."""

from collections.abc import Mapping
from typing import Any

from hydranet.evaluation import Assessment, calibrate, metric_interval
from hydranet.runs import Run
from hydranet.tables import figure, interval_text
from hydranet.tasks import Choices

_LEGEND = (
    "The interval says how far other pictures of the same kind could lead. The calibration error is the mean gap "
    "between how sure the head is and how often it is right; its floor is what a perfectly calibrated head would show "
    "on so few pictures."
)
_LEGEND_OUT_OF_FOLD = (
    "Out of fold are the pictures of training and validation together, each of them judged by a head that was trained "
    "on those of the other folds. They are more than the validation split has, so go by that figure."
)


def summary(run: Run, assessments: Mapping[str, Assessment]) -> dict[str, Any]:
    """Return `header` and `rows` of the table, and its `legend`.

    Args:
        run: trained.
        assessments: by task name, what the report is about.
    """
    own = all(is_own(run, name, each) for name, each in assessments.items())
    random = run.metrics.get("random_backbone", {}) if own else {}
    rows: list[list[object]] = []
    legend = _LEGEND
    for name, each in assessments.items():
        rows.append(_row(name, each, random))
        folded = run.metrics["tasks"].get(name, {}).get("out_of_fold")
        if folded and is_own(run, name, each):
            rows.append(_row_out_of_fold(name, each.task.main_metric.name, folded, random))
            legend = f"{_LEGEND} {_LEGEND_OUT_OF_FOLD}"
    header = ["task", "metric", "value", "95 % interval", "calibration error"]
    header += ["random backbone"] if random else []
    return {"header": [*header, "split", "pictures", "training pictures"], "rows": rows, "legend": legend}


def is_own(run: Run, name: str, assessment: Assessment) -> bool:
    """Tell whether it was measured on what the training was measured on."""
    return assessment.split == "validation" and assessment.task.data == run.experiment.tasks[name].data


def _row(name: str, assessment: Assessment, random: Mapping[str, Any]) -> list[object]:
    metric = assessment.task.main_metric.name
    return [
        *(name, metric.replace("_", " "), figure(assessment.metrics[metric])),
        *(str(metric_interval(assessment)), _calibration_text(assessment)),
        *([_random_text(metric, random.get(name, {}))] if random else []),
        *(assessment.split, len(assessment.labels)),
        _num_training(assessment),
    ]


def _num_training(assessment: Assessment) -> object:
    trained = assessment.task.head.is_trained and "train" in assessment.splits
    return len(assessment.splits["train"]) if trained else "-"


def _row_out_of_fold(
    name: str, metric: str, folded: Mapping[str, Any], random: Mapping[str, Any]
) -> list[object]:
    known = "calibration_error" in folded
    return [
        *(name, metric.replace("_", " "), figure(folded[metric]), interval_text(*folded["interval"])),
        _error_text(folded["calibration_error"], folded["calibration_floor"]) if known else "-",
        *([_random_text(metric, random.get(name, {}).get("out_of_fold", {}))] if random else []),
        *(folded["split"], folded["num_examples"], f"{folded['folds']} folds"),
    ]


def _calibration_text(assessment: Assessment) -> str:
    if not isinstance(assessment.judgement, Choices):
        return "-"
    found = calibrate(assessment)
    return _error_text(found.error, found.floor)


def _error_text(error: float, floor: float) -> str:
    return f"{error:.3f} (floor {floor:.3f})"


def _random_text(metric: str, of_random: Mapping[str, Any]) -> str:
    return figure(of_random[metric]) if metric in of_random else "-"
