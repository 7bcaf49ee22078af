"""The answers worth looking at: those that are wrong although the head is sure, and those that it is least sure of."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hydranet.tasks import Choices, Estimates, Overlaps

if TYPE_CHECKING:
    from hydranet.evaluation._assess import Assessment


@dataclass(frozen=True)
class Notable:
    """One answer about one picture, in words.

    Args:
        row: of the picture in `Assessment.dataset`.
        truth: the class; whether a class is present, where that is what is decided; the number, or the region.
        prediction: likewise.
        confidence: the probability that the head gives its answer, in [0, 1]; None for a number or a region.
        column: the score that the prediction is about; 0 for a number or a region.
        share: of the decisions about the picture for which all this holds, in (0, 1]: 1 where there is one decision.
    """

    row: int
    truth: str
    prediction: str
    confidence: float | None
    column: int
    share: float = 1.0


def most_confident_mistakes(assessment: "Assessment", limit: int) -> list[Notable]:
    """Return the `limit` wrong answers that the head is surest of, surest first; of others the largest errors.

    Where several things are decided about a picture, such as whether each class is present, it may come more than once.
    Where all decisions about it are alike, such as those about its pixels, it comes once, with its commonest mistake:
    first the pictures of which most is wrong, weighed by how sure the head is there.
    """
    judgement = assessment.judgement
    if not isinstance(judgement, Choices):
        return _largest_errors(assessment, judgement, limit)
    wrong = judgement.known & ~judgement.right
    return _first(judgement, wrong, np.where(wrong, -judgement.confidence, 0.0), limit)


def least_certain(assessment: "Assessment", limit: int) -> list[Notable]:
    """Return the `limit` answers that the head is least sure of, right or wrong, least sure first; [] of others.

    Where all decisions about a picture are alike, it comes once, with its commonest answer, by the mean over them.

    Lewis, Gale, 1994, arXiv:cmp-lg/9407020.
    """
    choices = assessment.judgement
    if not isinstance(choices, Choices):
        return []
    return _first(choices, choices.known, np.where(choices.known, choices.confidence, 0.0), limit)


def _first(choices: Choices, chosen: np.ndarray, weights: np.ndarray, limit: int) -> list[Notable]:
    """Return the answers of least weight that have some chosen decision; decisions that are alike are one answer."""
    in_answer = choices.answer.shape[1] if choices.about is None else 1
    chosen, known, weights = (each.reshape(-1, in_answer) for each in (chosen, choices.known, weights))
    candidates = np.flatnonzero(chosen.any(axis=1))
    weight = weights[candidates].sum(axis=1) / known[candidates].sum(axis=1)
    order = candidates[np.argsort(weight, kind="stable")[:limit]]
    return [_describe(choices, int(place), chosen[place]) for place in order]


def _describe(choices: Choices, place: int, chosen: np.ndarray) -> Notable:
    """Put what is commonest among the chosen decisions of an answer into words."""
    row, about = (place, 0) if choices.about is None else divmod(place, len(choices.about))
    decisions = slice(about, about + len(chosen))
    truths, answers = choices.truth[row, decisions], choices.answer[row, decisions]
    pairs, counts = np.unique(np.stack([truths[chosen], answers[chosen]], axis=1), axis=0, return_counts=True)
    truth, answer = pairs[counts.argmax()].tolist()
    same = chosen & (truths == truth) & (answers == answer)
    return Notable(
        row,
        choices.words(truth, about),
        choices.words(answer, about),
        float(choices.confidence[row, decisions][same].mean()),
        int(choices.columns[row, decisions][same][0]),
        float(same.sum() / choices.known[row, decisions].sum()),
    )


def _largest_errors(assessment: "Assessment", judgement: Estimates | Overlaps, limit: int) -> list[Notable]:
    errors = judgement.errors
    order = np.argsort(-errors, kind="stable")[:limit]
    return [
        Notable(int(row), str(assessment.dataset.labels[row]).strip(), judgement.answers[row], None, 0)
        for row in order[errors[order] > 0]
    ]
