"""The stored features of one trunk: which there are, and how they are read back."""

import logging
import math
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hydranet.errors import ConfigError
from hydranet.features._chunk_file import read_header, read_rows, write_chunk

# Not the hidden files of writers that are still at work.
CHUNK_PATTERN = "[!.]*.chunk"

_log = logging.getLogger(__name__)


class FeatureSpace:
    """The stored features of one trunk.

    Args:
        folder: where its chunks are; made when the first one is written.
        shape: of one picture's features.
        dtype: in which they are stored, `float32` or `float16`.
    """

    def __init__(self, folder: Path, shape: tuple[int, ...], dtype: str = "float32") -> None:
        self.folder = folder
        self.shape = shape
        self.dtype = np.dtype(dtype)
        self._chunks: list[Path] = []
        self._keys_of: list[np.ndarray] = []
        self._sorted: tuple[np.ndarray, np.ndarray] | None = None
        for path in sorted(folder.glob(CHUNK_PATTERN)) if folder.is_dir() else []:
            self._add(path)

    def __len__(self) -> int:
        return sum(len(keys) for keys in self._keys_of)

    def contains(self, keys: np.ndarray) -> np.ndarray:
        """Return of which examples all keys are stored: bool `(num_examples,)`; `keys` as for `features`."""
        stored = self._find(keys.reshape(-1, 2))[:, 0] >= 0
        return np.asarray(stored.reshape(-1, math.prod(keys.shape[1:-1])).all(axis=1))

    def append(self, keys: np.ndarray, rows: np.ndarray) -> None:
        """Store rows as one chunk, whole or not at all.

        Args:
            keys: uint64 `(num_rows, 2)`.
            rows: `(num_rows, *shape)`.
        """
        path = self.folder / f"{uuid.uuid4().hex}.chunk"
        write_chunk(path, keys, rows, self.dtype)
        self._add(path)

    def features(self, keys: np.ndarray) -> "Features":
        """Return the rows of `keys`, in that order, to be read when they are needed.

        Args:
            keys: uint64 `(num_examples, *example_shape, 2)`, one for each picture.

        Raises:
            KeyError: some are not stored.
        """
        locations = self._find(keys.reshape(-1, 2))
        if len(locations) and locations[:, 0].min() < 0:
            raise KeyError(f"{int((locations[:, 0] < 0).sum())} of {len(locations)} features are not stored.")
        return Features(tuple(self._chunks), locations.reshape(keys.shape), self.shape)

    def _find(self, keys: np.ndarray) -> np.ndarray:
        """Return (chunk, row) of each key, or (-1, -1): int64 `(num_keys, 2)`."""
        known, locations = self._index()
        if not len(known):
            return np.full((len(keys), 2), -1, np.int64)
        # In their order, so that each search finds in the processor's cache what the one before has read.
        order = np.argsort(keys[:, 0])
        wanted = keys[order]
        place = np.searchsorted(known[:, 0], wanted[:, 0]).clip(max=len(known) - 1)
        found = (known[place] == wanted).all(axis=1)
        result = np.empty((len(keys), 2), np.int64)
        result[order] = np.where(found[:, None], locations[place], -1)
        return result

    def _index(self) -> tuple[np.ndarray, np.ndarray]:
        """Return all keys, sorted by their first word, and the (chunk, row) of each."""
        if self._sorted is None:
            keys = np.concatenate([np.empty((0, 2), np.uint64), *self._keys_of])
            sizes = [len(keys) for keys in self._keys_of]
            chunks = np.repeat(np.arange(len(sizes)), sizes)
            rows = np.concatenate([np.empty(0, np.int64), *map(np.arange, sizes)])
            order = np.argsort(keys[:, 0], kind="stable")
            self._sorted = keys[order], np.stack([chunks, rows], axis=1)[order]
        return self._sorted

    def _add(self, path: Path) -> None:
        try:
            keys, shape, _, _ = read_header(path)
        except FileNotFoundError:  # another process has removed it just now
            return
        except ValueError as error:
            _log.warning(
                "%s is damaged (%s); it is removed and its features are computed again.", path, error
            )
            path.unlink(missing_ok=True)
            return
        if shape[1:] != self.shape:
            raise ConfigError(
                f"{path} holds features of shape {shape[1:]}: expected {self.shape}. Clear the store."
            )
        self._chunks.append(path)
        self._keys_of.append(keys)
        self._sorted = None


class Features:
    """Rows of a FeatureSpace, one for each example in a given order, read from disk when they are asked for.

    Args:
        chunks: the files.
        locations: chunk and row of each picture: int64 `(num_examples, *example_shape, 2)`.
        feature_shape: of one picture's features.
    """

    def __init__(
        self, chunks: tuple[Path, ...], locations: np.ndarray, feature_shape: tuple[int, ...]
    ) -> None:
        self._chunks = chunks
        self._locations = locations
        self._feature_shape = feature_shape

    def __len__(self) -> int:
        return len(self._locations)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one example's features: `(*example_shape, *feature_shape)`."""
        return (*self._locations.shape[1:-1], *self._feature_shape)

    def select(self, rows: np.ndarray) -> "Features":
        """Return some of the rows, by index or mask, still unread."""
        return Features(self._chunks, self._locations[rows], self._feature_shape)

    def read(self, rows: "np.ndarray | slice" = slice(None)) -> np.ndarray:
        """Return rows by index: float32 `(num_rows, *shape)`."""
        chosen = self._locations[rows]
        locations = chosen.reshape(-1, 2)
        values = np.empty((len(locations), *self._feature_shape), np.float32)
        for chunk in np.unique(locations[:, 0]):
            here = np.flatnonzero(locations[:, 0] == chunk)
            values[here] = read_rows(self._chunks[chunk], locations[here, 1])
        return values.reshape(len(chosen), *self.shape)

    def batches(self, batch_size: int) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield all rows in order, as slices of the whole and float32 `(batch, *shape)`."""
        for start in range(0, len(self), batch_size):
            rows = slice(start, min(start + batch_size, len(self)))
            yield rows, self.read(rows)
