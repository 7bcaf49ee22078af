"""The stored features of one trunk: which there are, and how they are read back."""

import logging
import math
import threading
import uuid
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from hydranet.errors import ConfigError, DataError
from hydranet.features._chunk_file import ChunkHeader, RowRun, read_header, read_rows, write_chunk
from hydranet.files import MARK, remove_abandoned

# Not the hidden files of writers that are still at work.
CHUNK_PATTERN = "[!.]*.chunk"
# How many rows a warning names.
_MOST_NAMED = 5

_log = logging.getLogger(__name__)


class FeatureSpace:
    """The stored features of one trunk.

    Every row that is read is checked against its digest. Where one is not what was written, the other rows of its chunk
    are stored anew, and what is missing then is computed by `restore`.

    Args:
        folder: where its chunks are; made when the first one is written.
        shape: of one picture's features.
        dtype: in which they are stored, `float32` or `float16`.

    Attributes:
        restore: computes and appends what was asked for and is missing; None where that can't be done.
        num_dropped: damaged chunks that have been dropped since the space was opened.
    """

    restore: Callable[[], object] | None = None

    def __init__(self, folder: Path, shape: tuple[int, ...], dtype: str = "float32") -> None:
        self.folder = folder
        self.shape = shape
        self.dtype = np.dtype(dtype)
        self.num_dropped = 0
        self._chunks: list[Path] = []
        self._headers: list[ChunkHeader] = []
        self._dropped: set[int] = set()
        self._sorted: tuple[np.ndarray, np.ndarray] | None = None
        self._mending = threading.RLock()
        if folder.is_dir():
            remove_abandoned(folder, f".*{MARK}*.chunk")
            self._scan()

    def __len__(self) -> int:
        return sum(len(self._headers[chunk].keys) for chunk in self._present())

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
        return Features(self, locations.reshape(keys.shape))

    def read(self, chunk: int, runs: list[RowRun], values: np.ndarray) -> bool:
        """Read rows of a chunk into `values`, and return whether all are what was written; see `read_rows`."""
        return not read_rows(self._chunks[chunk], self._headers[chunk], runs, values)

    def mend(self, chunk: int) -> None:
        """Drop the rows of a chunk that are not what was written, name them, and compute them again.

        Raises:
            DataError: that can't be done here.
        """
        with self._mending:
            if chunk not in self._dropped:
                self._drop(chunk)
                if self.restore is not None:
                    self.restore()

    def moved(self, locations: np.ndarray) -> np.ndarray:
        """Return where the rows are now that were at `locations`, some of whose chunks have been dropped.

        Raises:
            DataError: some are missing.
        """
        with self._mending:
            moved = locations.reshape(-1, 2).copy()
            for chunk in self._dropped & set(np.unique(moved[:, 0]).tolist()):
                here = moved[:, 0] == chunk
                moved[here] = self._find(self._headers[chunk].keys[moved[here, 1]])
            if len(moved) and moved[:, 0].min() < 0:
                raise DataError(
                    f"{int((moved[:, 0] < 0).sum())} stored features were damaged and have been dropped from "
                    f"{self.folder}. Run the command again: it computes them anew."
                )
            return moved.reshape(locations.shape)

    def _drop(self, chunk: int) -> None:
        path, header = self._chunks[chunk], self._headers[chunk]
        values = np.empty(header.shape, header.dtype)
        bad = read_rows(path, header, [(0, 0, len(values))], values)
        named = ", ".join(map(str, bad[:_MOST_NAMED])) + (", …" if len(bad) > _MOST_NAMED else "")
        _log.warning(
            "%s is damaged or gone: %d of its %d rows (%s) are not what was written, and are computed again.",
            path, len(bad), len(values), named,
        )  # fmt: skip
        self._dropped.add(chunk)
        self._sorted = None
        self.num_dropped += 1
        if len(bad) < len(values):
            self.append(np.delete(header.keys, bad, axis=0), np.delete(values, bad, axis=0))
        path.unlink(missing_ok=True)
        self._scan()  # another process may have mended it already

    def _present(self) -> list[int]:
        return [chunk for chunk in range(len(self._chunks)) if chunk not in self._dropped]

    def _scan(self) -> None:
        known = set(self._chunks)
        for path in sorted(self.folder.glob(CHUNK_PATTERN)):
            if path not in known:
                self._add(path)

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
            present = self._present()
            keys = np.concatenate(
                [np.empty((0, 2), np.uint64), *(self._headers[each].keys for each in present)]
            )
            sizes = [len(self._headers[each].keys) for each in present]
            chunks = np.repeat(np.array(present, np.int64), sizes)
            rows = np.concatenate([np.empty(0, np.int64), *map(np.arange, sizes)])
            order = np.argsort(keys[:, 0], kind="stable")
            self._sorted = keys[order], np.stack([chunks, rows], axis=1)[order]
        return self._sorted

    def _add(self, path: Path) -> None:
        try:
            header = read_header(path)
        except FileNotFoundError:  # another process has removed it just now
            return
        except ValueError as error:
            _log.warning(
                "%s is damaged (%s); it is removed and its features are computed again.", path, error
            )
            path.unlink(missing_ok=True)
            return
        if (header.shape[1:], header.dtype) != (self.shape, self.dtype):
            raise ConfigError(
                f"{path} holds features of shape {header.shape[1:]} in {header.dtype}: expected {self.shape} in "
                f"{self.dtype}. Clear the store."
            )
        self._chunks.append(path)
        self._headers.append(header)
        self._sorted = None


class Features:
    """Rows of a FeatureSpace, one for each example in a given order, read from disk when they are asked for.

    Args:
        space: that holds them.
        locations: chunk and row of each picture: int64 `(num_examples, *example_shape, 2)`.
    """

    def __init__(self, space: FeatureSpace, locations: np.ndarray) -> None:
        self._space = space
        self._locations = locations
        self._num_dropped = 0

    def __len__(self) -> int:
        return len(self._locations)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one example's features: `(*example_shape, *feature_shape)`."""
        return (*self._locations.shape[1:-1], *self._space.shape)

    def select(self, rows: np.ndarray) -> "Features":
        """Return some of the rows, by index or mask, still unread."""
        return Features(self._space, self._locations[rows])

    def distinct(self) -> tuple["Features", np.ndarray]:
        """Return the different pictures, each once, and which of them each example has.

        Returns:
            their rows, in the shape of one picture, and int64 `(num_examples, *example_shape)`.
        """
        index, places = self._different()
        return self._pictures(index), places

    def _different(self) -> tuple[np.ndarray, np.ndarray]:
        """Return where different pictures first are, one after the other, and which of them each example has."""
        flat = self._locations.reshape(-1, 2)
        _, index, places = np.unique(flat, axis=0, return_index=True, return_inverse=True)
        return index, places.reshape(self._locations.shape[:-1])

    def _pictures(self, index: np.ndarray) -> "Features":
        return Features(self._space, self._locations.reshape(-1, 2)[index])

    def read(self, rows: "np.ndarray | slice" = slice(None)) -> np.ndarray:
        """Return rows by index: float32 `(num_rows, *shape)`.

        Raises:
            DataError: some are damaged, and can't be computed again.
        """
        while True:
            if self._num_dropped != (num_dropped := self._space.num_dropped):
                self._locations = self._space.moved(self._locations)
                self._num_dropped = num_dropped
            chosen = self._locations[rows]
            values, damaged = self._read(chosen.reshape(-1, 2))
            if damaged is None:
                return values.reshape(len(chosen), *self.shape)
            self._space.mend(damaged)

    def _read(self, locations: np.ndarray) -> tuple[np.ndarray, int | None]:
        """Return the rows at these places, or a chunk of which one is damaged."""
        values = np.empty((len(locations), *self._space.shape), self._space.dtype)
        for chunk, runs in _runs(locations).items():
            if not self._space.read(chunk, runs, values):
                return values, chunk
        return values.astype(np.float32, copy=False), None

    def batches(self, batch_size: int) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield all rows in order, as slices of the whole and float32 `(batch, *shape)`."""
        for start in range(0, len(self), batch_size):
            rows = slice(start, min(start + batch_size, len(self)))
            yield rows, self.read(rows)


def _runs(locations: np.ndarray) -> dict[int, list[RowRun]]:
    """Return the rows that follow each other in each chunk, to be read at once."""
    chunks, rows = locations[:, 0], locations[:, 1]
    is_start = (rows[1:] - rows[:-1] != 1) | (chunks[1:] != chunks[:-1])
    starts = [0, *(is_start.nonzero()[0] + 1).tolist()] if len(rows) else []
    runs: dict[int, list[RowRun]] = {}
    for (start, end), (chunk, row) in zip(
        pairwise([*starts, len(rows)]), locations[starts].tolist(), strict=True
    ):
        runs.setdefault(chunk, []).append((start, row, end - start))
    return runs
