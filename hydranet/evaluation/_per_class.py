"""How good a head is at each class."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hydranet.evaluation._decisions import decide
from hydranet.tasks import MultiLabel, SingleLabel

if TYPE_CHECKING:
    from hydranet.evaluation._assess import Assessment


@dataclass(frozen=True)
class ClassMetrics:
    """How good a head is at one class; NaN for what is a share of nothing.

    Args:
        name: of the class.
        precision: the share of the pictures said to be of the class that are; NaN where none is said to be.
        recall: the share of the pictures of the class that are said to be; NaN where there are none.
        f1: the harmonic mean of both, which is 0 where one is; NaN where none is and none is said to be.
        support: the number of pictures of the class.
    """

    name: str
    precision: float
    recall: float
    f1: float
    support: int


def per_class_metrics(assessment: "Assessment") -> list[ClassMetrics]:
    """Return the metrics of each class of a single-label or multi-label task, in their order; [] for other kinds."""
    from sklearn.metrics import precision_recall_fscore_support

    task = assessment.task
    if not isinstance(task, SingleLabel | MultiLabel):
        return []
    # A single column is read as one label of two classes: that which is asked for is then class 1.
    one_column = isinstance(task, MultiLabel) and len(task.classes) == 1
    columns = precision_recall_fscore_support(
        assessment.labels,
        decide(assessment).predicted,
        labels=[1] if one_column else np.arange(len(task.classes)),
        zero_division=np.nan,
    )
    precision, recall, f1, support = (column.tolist() for column in columns)
    rows = zip(task.classes, precision, recall, f1, map(int, support), strict=True)
    return [ClassMetrics(*row) for row in rows]
