"""Collects rows until a chunk of them is worth writing."""

import math
import time

import numpy as np

from hydranet.errors import ModelError
from hydranet.features._space import FeatureSpace

# A chunk is written when it has so many rows, or is so large, or so old: what an interruption can cost.
_CHUNK_ROWS = 1024
_CHUNK_BYTES = 16 * 2**20
_CHUNK_SECONDS = 30.0


class ChunkWriter:
    """Stores batches of rows in whole chunks.

    Args:
        space: where they go.
        batch_size: rows of a batch.
    """

    def __init__(self, space: FeatureSpace, batch_size: int) -> None:
        row_bytes = math.prod(space.shape) * space.dtype.itemsize
        self._space = space
        self._most_rows = max(min(_CHUNK_ROWS, _CHUNK_BYTES // row_bytes) // batch_size, 1) * batch_size
        self._keys: list[np.ndarray] = []
        self._rows: list[np.ndarray] = []
        self._since = time.monotonic()

    def add(self, keys: np.ndarray, rows: np.ndarray) -> None:
        """Take those rows of a batch that are not stored yet.

        Args:
            keys: uint64 `(batch, 2)`.
            rows: float32 `(batch, *shape)`.

        Raises:
            ModelError: a row can't be stored.
        """
        missing = ~self._space.contains(keys)
        if not missing.any():
            return
        keys, rows = keys[missing], rows[missing]
        check_features(rows, self._space.dtype)
        self._keys.append(keys)
        self._rows.append(rows)
        full = sum(map(len, self._keys)) >= self._most_rows
        if full or time.monotonic() - self._since > _CHUNK_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what has been taken."""
        if self._keys:
            self._space.append(np.concatenate(self._keys), np.concatenate(self._rows))
        self._keys, self._rows, self._since = [], [], time.monotonic()


def check_features(features: np.ndarray, dtype: "np.dtype[np.floating]") -> None:
    """Raise ModelError if features can't be stored in `dtype`."""
    if not np.isfinite(features).all():
        raise ModelError("The backbone gives features that are not finite: check its weights.")
    if np.abs(features).max() > np.finfo(dtype).max:
        raise ModelError(
            f"The backbone gives features of up to {np.abs(features).max():.3g}, too large for "
            f"{dtype}: set `features: {{dtype: float32}}`."
        )
