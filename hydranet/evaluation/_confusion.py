"""What a head takes for what."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hydranet.errors import ConfigError
from hydranet.evaluation._choices import choices_of
from hydranet.tasks import Choices

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
    """Return the confusion matrix of a task whose decisions are all for one of the same classes.

    Raises:
        ConfigError: it decides nothing, or about something else each time, such as a multi-label task.
    """
    choices = choices_of(assessment)
    if choices.about is not None:
        task = assessment.task
        raise ConfigError(
            f"The task {task.name!r} has no confusion matrix: expected decisions between its classes, "
            f"received those of a {task.kind} task, which are each about another class."
        )
    return Confusion(choices.alternatives, count_pairs(choices))


def count_pairs(choices: Choices) -> np.ndarray:
    """Return how often each alternative is taken for each: int64, a row for each truth, a column for each answer."""
    size = len(choices.alternatives)
    pairs = choices.truth[choices.known].astype(np.int64) * size + choices.answer[choices.known]
    return np.bincount(pairs, minlength=size * size).reshape(size, size)
