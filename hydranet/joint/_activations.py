"""What a tail is trained on: the trunk's outputs for (picture, view), read from the store or computed each time.

Both give the same numbers, because a row's activations do not depend on the rows beside it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from hydranet.data import Augmentation, Picture, Reader, Wanted, without_absent
from hydranet.features import Features, check_features
from hydranet.model import ACTIVATION


class Activations(Protocol):
    """The activations of a table of pictures."""

    def read(self, rows: np.ndarray, views: np.ndarray) -> np.ndarray:
        """Return those of the given rows and views: float32 `(batch, *shape)`."""


@dataclass(frozen=True)
class StoredActivations:
    """Activations that the FeatureStore holds.

    Args:
        views: the rows of the table in each view.
    """

    views: Sequence[Features]

    def read(self, rows: np.ndarray, views: np.ndarray) -> np.ndarray:
        """Read them; see `Activations`."""
        values = np.empty((len(rows), *self.views[0].shape), np.float32)
        for view in np.unique(views):
            values[views == view] = self.views[view].read(rows[views == view])
        return values


@dataclass(frozen=True)
class ComputedActivations:
    """Activations that are computed whenever they are read.

    Args:
        run: the trunk, from pictures to their activation, for at most `batch_size` at once.
        batch_size: see there.
        image_size: height and width of the pictures.
        pictures: of the rows of the table, one row's after those of another.
        hashes: uint64 `(num_rows, *example_shape, 2)`, of their content.
        augmentation: how views differ.
        seed: of the augmentation.
        dtype: in which the store would hold them.
    """

    run: Callable[[np.ndarray], dict[str, np.ndarray]]
    batch_size: int
    image_size: tuple[int, ...]
    pictures: Sequence[Picture]
    hashes: np.ndarray
    augmentation: Augmentation
    seed: int
    dtype: "np.dtype[np.floating]"

    def read(self, rows: np.ndarray, views: np.ndarray) -> np.ndarray:
        """Decode the pictures and run the trunk; see `Activations`."""
        example_shape = self.hashes.shape[1:-1]
        hashes, count = self.hashes.reshape(-1, 2), math.prod(example_shape)
        images = np.empty((len(rows) * count, *self.image_size, 3), np.float32)
        wanted = (
            Wanted(self.pictures[place], hashes[place], (view,))
            for row, view in zip(rows.tolist(), views.tolist(), strict=True)
            for place in range(row * count, (row + 1) * count)
        )
        with Reader(self.image_size, augmentation=self.augmentation, seed=self.seed) as reader:
            for place, [image] in enumerate(reader.read(wanted)):
                images[place] = image
        starts = range(0, len(images), self.batch_size) or [0]  # one of several workers may get no row at all
        values = np.concatenate(
            [self.run(images[start : start + self.batch_size])[ACTIVATION] for start in starts]
        )
        values = without_absent({ACTIVATION: values}, images)[ACTIVATION]
        if len(values):
            check_features(values, self.dtype)
        values = values.reshape(len(rows), *example_shape, *values.shape[1:])
        return values.astype(self.dtype).astype(np.float32)
