"""A chunk of stored features: two NumPy arrays one after the other in a file, the keys of its rows, and the rows."""

import math
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hydranet.errors import DataError
from hydranet.files import atomic_path


class ChunkHeader(NamedTuple):
    """A chunk's keys, the shape and dtype of its rows, and where in the file they start."""

    keys: np.ndarray
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int


def read_header(path: Path) -> ChunkHeader:
    """Return what stands before the rows of a chunk.

    Raises:
        ValueError: it is damaged.
    """
    with path.open("rb") as file:
        keys = np.lib.format.read_array(file, allow_pickle=False)
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        header = ChunkHeader(keys, tuple(shape), dtype, file.tell())
    size, expected = path.stat().st_size, header.offset + math.prod(shape) * dtype.itemsize
    if size != expected or len(keys) != shape[0]:
        raise ValueError(f"it has {size} bytes where {expected} were expected")
    return header


def write_chunk(path: Path, keys: np.ndarray, rows: np.ndarray, dtype: "np.dtype[np.floating]") -> None:
    """Write a chunk, whole or not at all."""
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.save(file, np.ascontiguousarray(keys, np.uint64))
        np.save(file, np.ascontiguousarray(rows, dtype))


def read_rows(path: Path, rows: np.ndarray) -> np.ndarray:
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
    header = read_header(path)
    return header.dtype, header.shape, header.offset
