"""How well a head of two classes puts pictures in order, whatever probability one would draw the line at."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hydranet.tasks import Choices

if TYPE_CHECKING:
    from hydranet.evaluation._assess import Assessment

_MAX_POINTS = 200


@dataclass(frozen=True)
class Curve:
    """A curve in the unit square, of at most 200 points.

    Args:
        x: rising.
        y: one for each x.
        area: under the curve with all its points.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    area: float


def roc_curve(assessment: "Assessment") -> Curve | None:
    """Return the true positive rate over the false positive rate; the second class is the positive one.

    None for other tasks than those of two classes, and where the split has pictures of one class only.

    Fawcett, 2006, doi:10.1016/j.patrec.2005.10.010.
    """
    ranked = _ranked(assessment)
    if ranked is None:
        return None
    true, false = _counts(*ranked)
    true_rate, false_rate = np.append(0, true / true[-1]), np.append(0, false / false[-1])
    area = float(np.trapezoid(true_rate, false_rate))
    is_corner = np.ones(len(true_rate), bool)
    is_corner[2:-1] = (np.diff(true, 2) != 0) | (np.diff(false, 2) != 0)
    return _thin(false_rate[is_corner], true_rate[is_corner], area)


def precision_recall_curve(assessment: "Assessment") -> Curve | None:
    """Return precision over recall; the second class is the positive one. The area is the average precision.

    None as for `roc_curve`. A precision holds for the recalls from the point before to its own: it is a step, because
    what lies on a straight line between two points can't be reached.

    Davis, Goadrich, 2006, doi:10.1145/1143844.1143874.
    """
    ranked = _ranked(assessment)
    if ranked is None:
        return None
    true, false = _counts(*ranked)
    precision, recall = np.append(1, true / (true + false)), np.append(0, true / true[-1])
    area = float((np.diff(recall) * precision[1:]).sum())
    is_end = np.ones(len(recall), bool)  # of a line along which the recall stays
    is_end[2:-1] = (np.diff(true[:-1]) != 0) | (np.diff(true[1:]) != 0)
    return _thin(recall[is_end], precision[is_end], area)


def _counts(truth: np.ndarray, ranking: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how many of the second class, and of the first, rank as high as each value or higher, from the top."""
    order = np.argsort(-ranking, kind="stable")
    ranked = ranking[order]
    lowest = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    true = np.cumsum(truth[order], dtype=np.int64)[lowest]
    return true, lowest + 1 - true


def _ranked(assessment: "Assessment") -> tuple[np.ndarray, np.ndarray] | None:
    """Return the truth, and by what to rank: not by probabilities, of which many are rounded to 1."""
    choices = assessment.judgement
    if not isinstance(choices, Choices) or choices.ranking is None or len(np.unique(choices.truth)) < 2:
        return None
    return choices.truth[:, 0], choices.ranking


def _thin(x: np.ndarray, y: np.ndarray, area: float) -> Curve:
    """Keep points at about equal distances along the curve, and both ends."""
    if len(x) > _MAX_POINTS:
        length = np.append(0, np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y))))
        kept = np.unique(np.searchsorted(length, np.linspace(0, length[-1], _MAX_POINTS)))
        x, y = x[kept], y[kept]
    return Curve(tuple(x.tolist()), tuple(y.tolist()), area)
