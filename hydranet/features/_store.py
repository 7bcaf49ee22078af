"""The FeatureStore: what the frozen trunk gives for each (picture, view), computed once and kept on disk.

A store is a folder with one subfolder per space; a space is everything that shapes features (trunk, weights,
picture size, decoder) as a fingerprint, and a dtype. A space holds chunks: files that are written whole, never
changed, and named at random, so that processes can write side by side and an interrupted extraction keeps what
it has. A chunk is two NumPy arrays one after the other: the keys of its rows, and the rows.
"""

import contextlib
import hashlib
import logging
import math
import os
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hydranet.data import Augmentation
from hydranet.errors import ConfigError, DataError
from hydranet.files import atomic_path

# Not the hidden files of writers that are still at work.
_CHUNK_PATTERN = "[!.]*.chunk"

_log = logging.getLogger(__name__)


def default_store_dir() -> Path:
    """Return `$HYDRANET_FEATURES_DIR`, or else `~/.cache/hydranet/features`."""
    return Path(os.environ.get("HYDRANET_FEATURES_DIR") or "~/.cache/hydranet/features").expanduser()


def view_keys(hashes: np.ndarray, view: int, augmentation: Augmentation, seed: int) -> np.ndarray:
    """Return the key of one view of each picture: uint64 `(num_pictures, 2)`.

    View 0 is the plain picture, whatever the augmentation. How many views there are does not matter, so asking
    for more keeps those that are stored.
    """
    if view == 0:
        return hashes
    changes = f"{augmentation.flip} {augmentation.rotation} {augmentation.crop} {augmentation.colour}"
    salt = f"view {view}, {changes}, seed {seed}".encode()
    digests = b"".join(hashlib.blake2b(row.tobytes() + salt, digest_size=16).digest() for row in hashes)
    return np.frombuffer(digests, np.uint64).reshape(-1, 2)


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
        for path in sorted(folder.glob(_CHUNK_PATTERN)) if folder.is_dir() else []:
            self._add(path)

    def __len__(self) -> int:
        return sum(len(keys) for keys in self._keys_of)

    def contains(self, keys: np.ndarray) -> np.ndarray:
        """Return which keys are stored: bool `(num_keys,)`."""
        return self._find(keys)[:, 0] >= 0

    def append(self, keys: np.ndarray, rows: np.ndarray) -> None:
        """Store rows as one chunk, whole or not at all.

        Args:
            keys: uint64 `(num_rows, 2)`.
            rows: `(num_rows, *shape)`.
        """
        path = self.folder / f"{uuid.uuid4().hex}.chunk"
        with atomic_path(path) as temporary, temporary.open("wb") as file:
            np.save(file, np.ascontiguousarray(keys, np.uint64))
            np.save(file, np.ascontiguousarray(rows, self.dtype))
        self._add(path)

    def features(self, keys: np.ndarray) -> "Features":
        """Return the rows of `keys`, in that order, to be read when they are needed.

        Raises:
            KeyError: some are not stored.
        """
        locations = self._find(keys)
        if len(locations) and locations[:, 0].min() < 0:
            raise KeyError(f"{int((locations[:, 0] < 0).sum())} of {len(keys)} features are not stored.")
        return Features(tuple(self._chunks), locations, self.shape)

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
            keys, shape, _, _ = _read_header(path)
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
    """Rows of a FeatureSpace, in a given order, read from disk when they are asked for."""

    def __init__(self, chunks: tuple[Path, ...], locations: np.ndarray, shape: tuple[int, ...]) -> None:
        self._chunks = chunks
        self._locations = locations
        self.shape = shape

    def __len__(self) -> int:
        return len(self._locations)

    def select(self, rows: np.ndarray) -> "Features":
        """Return some of the rows, by index or mask, still unread."""
        return Features(self._chunks, self._locations[rows], self.shape)

    def read(self, rows: "np.ndarray | slice" = slice(None)) -> np.ndarray:
        """Return rows by index: float32 `(num_rows, *shape)`."""
        locations = self._locations[rows]
        values = np.empty((len(locations), *self.shape), np.float32)
        for chunk in np.unique(locations[:, 0]):
            here = np.flatnonzero(locations[:, 0] == chunk)
            values[here] = _read_rows(self._chunks[chunk], locations[here, 1])
        return values

    def batches(self, batch_size: int) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield all rows in order, as slices of the whole and float32 `(batch, *shape)`."""
        for start in range(0, len(self), batch_size):
            rows = slice(start, min(start + batch_size, len(self)))
            yield rows, self.read(rows)


@dataclass(frozen=True)
class SpaceUsage:
    """How much a space holds: its folder's name, rows and bytes."""

    name: str
    num_rows: int
    num_bytes: int


class FeatureStore:
    """All stored features of this user or team.

    Args:
        folder: where they are; see `default_store_dir`.
    """

    def __init__(self, folder: Path | str | None = None) -> None:
        self.folder = Path(folder).expanduser() if folder else default_store_dir()

    def space(self, fingerprint: str, shape: Sequence[int], dtype: str = "float32") -> FeatureSpace:
        """Return the features of the trunk with this fingerprint."""
        return FeatureSpace(self.folder / f"{fingerprint}-{dtype}", tuple(shape), dtype)

    def usage(self) -> list[SpaceUsage]:
        """Return what each space holds."""
        return [self._usage(folder) for folder in self._folders()]

    def clear(self) -> int:
        """Remove every stored feature, and nothing else, and return how many bytes that were."""
        freed = 0
        for folder in self._folders():
            for chunk in folder.glob("*.chunk"):  # those that a killed writer has left half written too
                freed += chunk.stat().st_size
                chunk.unlink()
            with contextlib.suppress(OSError):  # it holds something else
                folder.rmdir()
        return freed

    def _folders(self) -> list[Path]:
        return sorted({chunk.parent for chunk in self.folder.glob("*-float*/*.chunk")})

    def _usage(self, folder: Path) -> SpaceUsage:
        num_rows = 0
        for chunk in folder.glob(_CHUNK_PATTERN):
            with contextlib.suppress(ValueError):  # damaged: what wants to read it will say so
                num_rows += len(_read_header(chunk).keys)
        return SpaceUsage(
            folder.name, num_rows, sum(chunk.stat().st_size for chunk in folder.glob("*.chunk"))
        )


class _Header(NamedTuple):
    keys: np.ndarray
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int


def _read_header(path: Path) -> _Header:
    """Return a chunk's keys, and the shape and dtype of its rows and where they start.

    Raises:
        ValueError: it is damaged.
    """
    with path.open("rb") as file:
        keys = np.lib.format.read_array(file, allow_pickle=False)
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        header = _Header(keys, tuple(shape), dtype, file.tell())
    size, expected = path.stat().st_size, header.offset + math.prod(shape) * dtype.itemsize
    if size != expected or len(keys) != shape[0]:
        raise ValueError(f"it has {size} bytes where {expected} were expected")
    return header


def _read_rows(path: Path, rows: np.ndarray) -> np.ndarray:
    """Return rows of a chunk by index, in that order and in the dtype in which they are stored.

    Rows that stand one after the other are read at once. Mapping the file instead would cost more than reading where
    few rows of each of many chunks are wanted.
    """
    dtype, shape, offset = _layout(path)
    values = np.empty((len(rows), *shape[1:]), dtype)
    starts = np.flatnonzero(np.diff(rows, prepend=-2) != 1).tolist()
    with path.open("rb", buffering=0) as file:
        for start, end in pairwise([*starts, len(rows)]):
            run = values[start:end]
            file.seek(offset + int(rows[start]) * values[:1].nbytes)
            if file.readinto(run.data) != run.nbytes:
                raise DataError(f"{path} has become shorter since it was opened. Run the command again.")
    return values


@lru_cache(maxsize=2**16)
def _layout(path: Path) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    """Return what reading rows needs, remembered: rows in any order open chunks again and again."""
    header = _read_header(path)
    return header.dtype, header.shape, header.offset
