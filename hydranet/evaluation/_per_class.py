"""How good a head is at each class."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hydranet.evaluation._confusion import count_pairs
from hydranet.tasks import Choices

if TYPE_CHECKING:
    from hydranet.evaluation._assess import Assessment


@dataclass(frozen=True)
class ClassMetrics:
    """How good a head is at one class; NaN for what is a share of nothing.

    Args:
        name: of the class.
        precision: the share of the pictures, or pixels, said to be of the class that are; NaN where none is said to be.
        recall: the share of those of the class that are said to be; NaN where there are none.
        f1: the harmonic mean of both, which is 0 where one is; NaN where none is and none is said to be.
        support: the number of those of the class.
    """

    name: str
    precision: float
    recall: float
    f1: float
    support: int


def per_class_metrics(assessment: "Assessment") -> list[ClassMetrics]:
    """Return the metrics of each class, in their order; [] for a task that decides nothing."""
    choices = assessment.judgement
    if not isinstance(choices, Choices):
        return []
    names, right, answered, there = _counts(choices)
    with np.errstate(invalid="ignore"):  # nothing of nothing is NaN
        precision, recall, f1 = right / answered, right / there, 2 * right / (there + answered)
    rows = zip(names, precision.tolist(), recall.tolist(), f1.tolist(), there.tolist(), strict=True)
    return [ClassMetrics(*row) for row in rows]


def _counts(choices: Choices) -> tuple[tuple[str, ...], np.ndarray, np.ndarray, np.ndarray]:
    """Return the classes, and how often each is answered rightly, answered, and there."""
    if choices.about is None:
        pairs = count_pairs(choices)
        return choices.alternatives, pairs.diagonal(), pairs.sum(axis=0), pairs.sum(axis=1)
    answer, truth = (choices.answer > 0) & choices.known, choices.truth > 0
    return choices.about, (answer & truth).sum(axis=0), answer.sum(axis=0), truth.sum(axis=0)
