"""The answers worth looking at: those that are wrong although the head is sure, and those that it is least sure of."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hydranet.evaluation._decisions import Decisions, decide
from hydranet.tasks import MultiLabel, Regression, SingleLabel

if TYPE_CHECKING:
    from hydranet.evaluation._assess import Assessment


@dataclass(frozen=True)
class Notable:
    """One answer about one picture, in words.

    Args:
        row: of the picture in `Assessment.dataset`.
        truth: the class; whether a class is present, for a multi-label task; the number, for a regression.
        prediction: likewise.
        confidence: the probability that the head gives its answer, in [0, 1]; None for a regression.
        output: the index of the class that the prediction is about; 0 for a regression.
    """

    row: int
    truth: str
    prediction: str
    confidence: float | None
    output: int


def most_confident_mistakes(assessment: "Assessment", limit: int) -> list[Notable]:
    """Return the `limit` wrong answers that the head is surest of, surest first.

    They are the largest errors of a regression, and single classes of a multi-label task, so that a picture may come
    more than once. [] for a kind of task of one's own.
    """
    if isinstance(assessment.task, Regression):
        return _largest_errors(assessment, limit)
    if not isinstance(assessment.task, SingleLabel | MultiLabel):
        return []
    decisions = decide(assessment)
    wrong = np.flatnonzero(~decisions.right)
    order = np.argsort(-decisions.confidence.ravel()[wrong], kind="stable")
    return [_describe(assessment, decisions, int(place)) for place in wrong[order[:limit]]]


def least_certain(assessment: "Assessment", limit: int) -> list[Notable]:
    """Return the `limit` answers that the head is least sure of, right or wrong, least sure first.

    Single classes of a multi-label task, as above; [] for regressions and a kind of task of one's own.

    Lewis, Gale, 1994, arXiv:cmp-lg/9407020.
    """
    if not isinstance(assessment.task, SingleLabel | MultiLabel):
        return []
    decisions = decide(assessment)
    order = np.argsort(decisions.confidence, axis=None, kind="stable")
    return [_describe(assessment, decisions, int(place)) for place in order[:limit]]


def _describe(assessment: "Assessment", decisions: Decisions, place: int) -> Notable:
    """Put the decision at `place` of all, row by row, into words."""
    classes, labels, predicted = decisions.classes, assessment.labels, decisions.predicted
    confidence = float(decisions.confidence.flat[place])
    if predicted.ndim == 1:
        output = int(predicted[place])
        return Notable(place, classes[labels[place]], classes[output], confidence, output)
    row, output = divmod(place, predicted.shape[1])
    truth, prediction = (
        f"{classes[output]} {'present' if table[row, output] else 'absent'}" for table in (labels, predicted)
    )
    return Notable(row, truth, prediction, confidence, output)


def _largest_errors(assessment: "Assessment", limit: int) -> list[Notable]:
    predicted = assessment.outputs[:, 0]
    errors = np.abs(predicted - assessment.labels)
    order = np.argsort(-errors, kind="stable")[:limit]
    return [
        Notable(int(row), assessment.dataset.labels[row].strip(), f"{predicted[row]:.5g}", None, 0)
        for row in order[errors[order] > 0]
    ]
