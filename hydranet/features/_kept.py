"""Stored features in memory, for who reads them many times."""

import math
from collections.abc import Sequence

import numpy as np

from hydranet.features._space import Features

# Of the features of all views of a task together.
_MOST_BYTES = 512 * 2**20


def kept(views: Sequence[Features]) -> list[Features]:
    """Return the same features, read once; as they are, where they would take more than 512 MiB.

    A picture that several examples have is held once.

    Args:
        views: the features of each view of the same examples.
    """
    different = [view.distinct() for view in views]
    if sum(4 * len(rows) * math.prod(rows.shape) for rows, _ in different) > _MOST_BYTES:
        return list(views)
    return [_Kept(rows.read(), places) for rows, places in different]


class _Kept(Features):
    """Features in memory.

    Args:
        rows: of pictures: float32 `(num_pictures, *feature_shape)`.
        places: which of them each example has: int `(num_examples, *example_shape)`.
    """

    def __init__(self, rows: np.ndarray, places: np.ndarray) -> None:
        self._rows, self._places = rows, places

    def __len__(self) -> int:
        return len(self._places)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one example's features: `(*example_shape, *feature_shape)`."""
        return (*self._places.shape[1:], *self._rows.shape[1:])

    def select(self, rows: np.ndarray) -> Features:
        """Return some of the rows, by index or mask."""
        return _Kept(self._rows, self._places[rows])

    def distinct(self) -> tuple[Features, np.ndarray]:
        """Return the rows of all pictures; see `Features.distinct`."""
        return _Kept(self._rows, np.arange(len(self._rows))), self._places

    def read(self, rows: "np.ndarray | slice" = slice(None)) -> np.ndarray:
        """Return rows by index: float32 `(num_rows, *shape)`."""
        read: np.ndarray = self._rows[self._places[rows]]
        return read
