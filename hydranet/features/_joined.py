"""Features that are made of several stored ones, side by side: read as one, stored once each."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from hydranet.features._space import Features, FeatureSpace


class Space(Protocol):
    """Where a feature is read from."""

    def contains(self, keys: np.ndarray) -> np.ndarray:
        """Return of which examples all keys are stored; see `FeatureSpace`."""
        ...

    def features(self, keys: np.ndarray) -> Features:
        """Return the rows of `keys`, in that order; see `FeatureSpace`."""
        ...


class JoinedSpace:
    """Several spaces as one, whose rows stand side by side along the last axis.

    Args:
        parts: spaces of the same pictures.
    """

    def __init__(self, parts: Sequence[FeatureSpace]) -> None:
        self._parts = tuple(parts)

    def contains(self, keys: np.ndarray) -> np.ndarray:
        """Return of which examples all keys are stored in all parts: bool `(num_examples,)`."""
        return np.asarray(np.all([part.contains(keys) for part in self._parts], axis=0))

    def features(self, keys: np.ndarray) -> Features:
        """Return the rows of `keys`, in that order, to be read when they are needed; see `FeatureSpace`."""
        return _JoinedFeatures([part.features(keys) for part in self._parts])


class _JoinedFeatures(Features):
    """Rows of several spaces side by side.

    Args:
        parts: the same rows of each.
    """

    def __init__(self, parts: Sequence[Features]) -> None:
        self._parts = tuple(parts)

    def __len__(self) -> int:
        return len(self._parts[0])

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one example's features: `(*example_shape, *feature_shape)`."""
        shapes = [part.shape for part in self._parts]
        return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))

    def select(self, rows: np.ndarray) -> Features:
        """Return some of the rows, by index or mask, still unread."""
        return _JoinedFeatures([part.select(rows) for part in self._parts])

    def _different(self) -> tuple[np.ndarray, np.ndarray]:
        return self._parts[0]._different()

    def _pictures(self, index: np.ndarray) -> Features:
        return _JoinedFeatures([part._pictures(index) for part in self._parts])

    def read(self, rows: "np.ndarray | slice" = slice(None)) -> np.ndarray:
        """Return rows by index: float32 `(num_rows, *shape)`; see `Features`."""
        return np.concatenate([part.read(rows) for part in self._parts], axis=-1)
