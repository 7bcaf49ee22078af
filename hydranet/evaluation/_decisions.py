"""What a head decides about each picture, how sure it says it is, and whether it is right."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hydranet.errors import ConfigError
from hydranet.tasks import MultiLabel, SingleLabel

if TYPE_CHECKING:
    from hydranet.evaluation._assess import Assessment


@dataclass(frozen=True, eq=False)
class Decisions:
    """One decision for each picture of a single-label task, one for each class of it of a multi-label task.

    Args:
        classes: of the task.
        predicted: int `(num_examples,)`, the index of the class; or bool `(num_examples, num_classes)`, whether it is
            present.
        confidence: float64 of the same shape: the probability that the head gives its own decision.
        right: bool of the same shape.
    """

    classes: tuple[str, ...]
    predicted: np.ndarray
    confidence: np.ndarray
    right: np.ndarray


def decide(assessment: "Assessment") -> Decisions:
    """Return the decisions of a single-label or multi-label task.

    Raises:
        ConfigError: it is of another kind.
    """
    task, labels = assessment.task, assessment.labels
    if isinstance(task, SingleLabel):
        scores = assessment.scores
        predicted = scores.argmax(axis=1)
        confidence = scores.max(axis=1).astype(np.float64)
        return Decisions(task.classes, predicted, confidence, predicted == labels)
    if isinstance(task, MultiLabel):
        probabilities, present = assessment.scores.astype(np.float64), task.present(assessment.outputs)
        confidence = np.where(present, probabilities, 1 - probabilities)
        return Decisions(task.classes, present, confidence, present == (labels > 0.5))
    raise ConfigError(
        f"The task {task.name!r} has no classes to decide between: expected a single-label or multi-label task, "
        f"received {type(task).__name__}."
    )
