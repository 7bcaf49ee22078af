"""Labels that are probably wrong: those of which a head that was not trained on the picture says something else."""

from dataclasses import dataclass

import numpy as np

from hydranet.evaluation._assess import Assessment
from hydranet.evaluation._notable import Notable, most_confident_mistakes
from hydranet.tasks import Choices


@dataclass(frozen=True)
class Suspect(Notable):
    """A label that may be wrong; `prediction` is what the head would say instead.

    Args:
        score: how suspicious the label is: 1 minus the probability that the head gives it, in [0, 1]; of a number how
            far the head's is from it, in the number's unit; of a region how much the head's lacks of a full overlap.
        is_clear: whether the head is at least as sure of what it says as it is, on the mean, where labels say the same;
            never of a number or a region.
    """

    score: float = 0.0
    is_clear: bool = False


def suspicious_labels(assessment: Assessment) -> list[Suspect]:
    """Return the labels that the head does not agree with, the most suspicious first.

    Ranked by self-confidence, with a threshold for each class, as in confident learning: Northcutt, Jiang, Chuang,
    2021, arXiv:1911.00068. Of labels of several classes each class counts by itself; a task with many decisions that
    are alike, such as a class for each pixel, has none.

    Args:
        assessment: of outputs for pictures that the head was not trained on; see `audit`.
    """
    judgement = assessment.judgement
    if not isinstance(judgement, Choices):
        return [
            Suspect(
                each.row,
                each.truth,
                each.prediction,
                None,
                each.column,
                score=float(judgement.errors[each.row]),
            )
            for each in most_confident_mistakes(assessment, len(assessment.dataset))
        ]
    if judgement.about is None and judgement.truth.shape[1] > 1:
        return []
    score, is_clear = _scores(judgement, assessment.scores)
    disagrees = judgement.known & ~judgement.right
    ranked = np.argwhere(disagrees)[np.argsort(-score[disagrees], kind="stable")]
    return [
        Suspect(
            row,
            judgement.words(int(judgement.truth[row, decision]), decision),
            judgement.words(int(judgement.answer[row, decision]), decision),
            float(judgement.confidence[row, decision]),
            int(judgement.columns[row, decision]),
            score=float(score[row, decision]),
            is_clear=bool(is_clear[row, decision]),
        )
        for row, decision in ranked.tolist()
    ]


def _scores(choices: Choices, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how suspicious each label is, and whether what the head says instead is clear."""
    probabilities = _probabilities(choices, scores)  # (num_examples, num_decisions, num_alternatives)
    own, said = (
        np.take_along_axis(probabilities, np.maximum(which, 0)[:, :, None], axis=2)[:, :, 0]
        for which in (choices.truth, choices.answer)
    )
    alternatives = np.arange(probabilities.shape[2])
    labelled = choices.truth[:, :, None] == alternatives
    with np.errstate(invalid="ignore"):  # an alternative that no label has is NaN, and never clear
        thresholds = (probabilities * labelled).sum(axis=0) / labelled.sum(axis=0)
    needed = np.take_along_axis(thresholds[None], choices.answer[:, :, None], axis=2)[:, :, 0]
    return 1 - own, said >= needed


def _probabilities(choices: Choices, scores: np.ndarray) -> np.ndarray:
    """Return the probability of each alternative in each decision."""
    if choices.about is None:
        return scores[:, None, :]
    return np.stack([1 - scores, scores], axis=2)
