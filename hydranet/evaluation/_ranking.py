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
    from sklearn import metrics

    ranked = _ranked(assessment)
    if ranked is None:
        return None
    false_rate, true_rate, _ = metrics.roc_curve(*ranked)
    return _thin(false_rate, true_rate, float(metrics.auc(false_rate, true_rate)))


def precision_recall_curve(assessment: "Assessment") -> Curve | None:
    """Return precision over recall; the second class is the positive one. The area is the average precision.

    None as for `roc_curve`. A precision holds for the recalls from the point before to its own: it is a step, because
    what lies on a straight line between two points can't be reached.

    Davis, Goadrich, 2006, doi:10.1145/1143844.1143874.
    """
    from sklearn import metrics

    ranked = _ranked(assessment)
    if ranked is None:
        return None
    precision, recall, _ = metrics.precision_recall_curve(*ranked, drop_intermediate=True)
    return _thin(recall[::-1], precision[::-1], float(metrics.average_precision_score(*ranked)))


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
