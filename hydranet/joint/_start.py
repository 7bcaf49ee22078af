"""What the training of a task's head leaves for fine-tuning to start from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Start:
    """A head that a phase starts from.

    Args:
        weights: which no example has trained that chooses the epoch.
        confidence: the factor on its outputs, at most 1, with which it is as sure of the examples that have trained it
            as of others. It is to be trained with that: examples that a head has no doubt about can't teach the layers
            below.
    """

    weights: Sequence[np.ndarray]
    confidence: float = 1.0
