"""The answers worth looking at: those that are wrong although the head is sure, and those that it is least sure of."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hydranet.tasks import Choices, Estimates

if TYPE_CHECKING:
    from hydranet.evaluation._assess import Assessment


@dataclass(frozen=True)
class Notable:
    """One answer about one picture, in words.

    Args:
        row: of the picture in `Assessment.dataset`.
        truth: the class; whether a class is present, where that is what is decided; or the number.
        prediction: likewise.
        confidence: the probability that the head gives its answer, in [0, 1]; None for a number.
        column: the score that the prediction is about; 0 for a number.
    """

    row: int
    truth: str
    prediction: str
    confidence: float | None
    column: int


def most_confident_mistakes(assessment: "Assessment", limit: int) -> list[Notable]:
    """Return the `limit` wrong answers that the head is surest of, surest first; of numbers the largest errors.

    Where several things are decided about a picture, it may come more than once.
    """
    judgement = assessment.judgement
    if isinstance(judgement, Estimates):
        return _largest_errors(assessment, judgement, limit)
    wrong = np.flatnonzero(~judgement.right)
    order = np.argsort(-judgement.confidence.ravel()[wrong], kind="stable")
    return [_describe(judgement, int(place)) for place in wrong[order[:limit]]]


def least_certain(assessment: "Assessment", limit: int) -> list[Notable]:
    """Return the `limit` answers that the head is least sure of, right or wrong, least sure first; [] of numbers.

    Lewis, Gale, 1994, arXiv:cmp-lg/9407020.
    """
    choices = assessment.judgement
    if not isinstance(choices, Choices):
        return []
    order = np.argsort(choices.confidence, axis=None, kind="stable")
    return [_describe(choices, int(place)) for place in order[:limit]]


def _describe(choices: Choices, place: int) -> Notable:
    """Put the decision at `place` of all, row by row, into words."""
    row, decision = divmod(place, choices.answer.shape[1])
    truth, answer = (
        choices.words(int(each[row, decision]), decision) for each in (choices.truth, choices.answer)
    )
    confidence, column = float(choices.confidence[row, decision]), int(choices.columns[row, decision])
    return Notable(row, truth, answer, confidence, column)


def _largest_errors(assessment: "Assessment", estimates: Estimates, limit: int) -> list[Notable]:
    errors = estimates.values
    order = np.argsort(-errors, kind="stable")[:limit]
    return [
        Notable(int(row), assessment.dataset.labels[row].strip(), f"{estimates.estimate[row]:.5g}", None, 0)
        for row in order[errors[order] > 0]
    ]
