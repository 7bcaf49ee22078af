"""What one head is trained on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from hydranet.data import HELD_OUT_SHARE, Motions, ViewedLabels
from hydranet.data import held_out as held_out_part
from hydranet.features import Features
from hydranet.tasks import Task


@dataclass(frozen=True, eq=False)
class HeadExamples:
    """The training examples of a head, as stored features.

    Args:
        views: the features of each view, all in the order of `labels`.
        labels: as the task encodes them, for any view.
        weights: of each example in the loss: float32 `(num_examples,)`.
        held_out: which examples choose the penalty, or when to stop: bool `(num_examples,)`.
    """

    views: Sequence[Features]
    labels: ViewedLabels
    weights: np.ndarray
    held_out: np.ndarray

    def __len__(self) -> int:
        return len(self.weights)

    @classmethod
    def of(
        cls,
        task: Task,
        views: Sequence[Features],
        labels: Sequence[str],
        hashes: np.ndarray,
        motions: Motions | None = None,
    ) -> Self:
        """Return the examples of a task.

        Args:
            task: with its classes known.
            views: the features of each view of the training pictures, all in the order of `labels`.
            labels: as the source has them.
            hashes: uint64 `(num_examples, 2)`; they decide which pictures are held out.
            motions: how the views are moved, and labels with them; None if there is one view.
        """
        encoded = task.encode(labels)
        viewed = ViewedLabels(encoded, hashes, motions, task.moved if task.labels_move else None)
        held_out = held_out_part(hashes, HELD_OUT_SHARE, word=1)
        return cls(views, viewed, task.example_weights(encoded), held_out)
