"""Which classes a head takes for which."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hydranet.errors import ConfigError
from hydranet.evaluation._decisions import decide
from hydranet.tasks import SingleLabel

if TYPE_CHECKING:
    from hydranet.evaluation._assess import Assessment


@dataclass(frozen=True)
class ConfusedPair:
    """A class, and another one that it is taken for.

    Args:
        truth: the class that the pictures show.
        predicted: the class that the head says.
        count: of such pictures.
        share: of the pictures of `truth`, in (0, 1].
    """

    truth: str
    predicted: str
    count: int
    share: float


@dataclass(frozen=True, eq=False)
class Confusion:
    """How many pictures of each class are taken for each class.

    Args:
        classes: their names.
        counts: int64 `(num_classes, num_classes)`, in the order of `classes`: a row for each true class, a column for
            each predicted one.
    """

    classes: tuple[str, ...]
    counts: np.ndarray

    def most_confused(self, limit: int) -> list[ConfusedPair]:
        """Return the `limit` commonest mistakes; of equally common ones, first those on the rarer class."""
        truths, predictions = np.nonzero(self.counts * (1 - np.eye(len(self.classes), dtype=np.int64)))
        counts = self.counts[truths, predictions]
        shares = counts / self.counts.sum(axis=1)[truths]
        return [
            ConfusedPair(
                self.classes[truths[place]],
                self.classes[predictions[place]],
                int(counts[place]),
                float(shares[place]),
            )
            for place in np.lexsort((-shares, -counts))[:limit]
        ]


def confusion(assessment: "Assessment") -> Confusion:
    """Return the confusion matrix of a single-label task.

    Raises:
        ConfigError: it is of another kind.
    """
    from sklearn.metrics import confusion_matrix

    task = assessment.task
    if not isinstance(task, SingleLabel):
        raise ConfigError(
            f"The task {task.name!r} has no confusion matrix: expected a single-label task, "
            f"received {type(task).__name__}."
        )
    indices = np.arange(len(task.classes))
    predicted = decide(assessment).predicted
    return Confusion(task.classes, confusion_matrix(assessment.labels, predicted, labels=indices))
