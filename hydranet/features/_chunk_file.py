"""A chunk of stored features: a file with a header, the keys of its rows and their digests, and the rows.

The digests are of XXH3 (https://xxhash.com), which takes a fraction of the time that reading does. There is one of each
row, and one of each group of rows that follow each other: for narrow rows, calling it takes longer than computing it.
"""

import io
import math
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xxhash

from hydranet.files import atomic_path

# Raise it with any change of what a chunk holds: the folders of spaces are called by it.
FORMAT = 3
_MAGIC = b"hydrach3"
# The magic, and the length and the digest of the header that follows.
_PREAMBLE = struct.Struct("<8sQQ")
_digest = xxhash.xxh3_64_intdigest
# Little enough to be in the processor's cache when it is checked.
_MOST_GROUP_BYTES = 2**18
_MOST_GROUP_ROWS = 32
# Rows that follow each other in a chunk: the place of the first one among those wanted, its row there, how many.
RowRun = tuple[int, int, int]


class ChunkHeader(NamedTuple):
    """A chunk's keys, the digests, shape and dtype of its rows, and where in the file they start."""

    keys: np.ndarray
    row_digests: np.ndarray
    group_digests: np.ndarray
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int


def read_header(path: Path) -> ChunkHeader:
    """Return what stands before the rows of a chunk.

    Raises:
        ValueError: it is damaged.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        preamble = file.read(_PREAMBLE.size)
        if len(preamble) < _PREAMBLE.size:
            raise ValueError(f"it has {size} bytes only")
        magic, length, digest = _PREAMBLE.unpack(preamble)
        content = file.read(length) if magic == _MAGIC and length < size else b""
    if xxhash.xxh3_64_intdigest(content) != digest:
        raise ValueError("its header is not what was written")
    parts = io.BytesIO(content)
    keys, row_digests, group_digests = (np.lib.format.read_array(parts, allow_pickle=False) for _ in range(3))
    np.lib.format.read_magic(parts)
    shape, _, dtype = np.lib.format.read_array_header_1_0(parts)
    offset = _PREAMBLE.size + length
    expected = offset + math.prod(shape) * dtype.itemsize
    if size != expected:
        raise ValueError(f"it has {size} bytes where {expected} were expected")
    return ChunkHeader(keys, row_digests, group_digests, tuple(shape), dtype, offset)


def write_chunk(path: Path, keys: np.ndarray, rows: np.ndarray, dtype: "np.dtype[np.floating]") -> None:
    """Write a chunk, whole or not at all."""
    rows = np.ascontiguousarray(rows, dtype)
    parts = io.BytesIO()
    size = _group_rows(rows[:1].nbytes)
    groups = (rows[start : start + size] for start in range(0, len(rows), size))
    digests = (np.fromiter(map(_digest, each), np.uint64) for each in (rows, groups))
    for array in (np.ascontiguousarray(keys, np.uint64), *digests):
        np.lib.format.write_array(parts, array, allow_pickle=False)
    np.lib.format.write_array_header_1_0(parts, np.lib.format.header_data_from_array_1_0(rows))
    content = parts.getvalue()
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(_PREAMBLE.pack(_MAGIC, len(content), xxhash.xxh3_64_intdigest(content)))
        file.write(content)
        file.write(rows.data)


def read_rows(path: Path, header: ChunkHeader, runs: Iterable[RowRun], values: np.ndarray) -> list[int]:
    """Read rows of a chunk, and return the places of those that are not what was written.

    Mapping the file instead would cost more than reading where few rows of each of many chunks are wanted.

    Args:
        path: of the chunk.
        header: that it had when it was opened.
        runs: which rows, and where in `values` they go.
        values: in the dtype in which they are stored: `(num_rows, *shape)`, contiguous.

    Returns:
        places in `values`; all, if the file has gone or become shorter.
    """
    row_bytes = values[:1].nbytes
    content = values.data.cast("B")
    is_as_written = _checker(header, row_bytes)
    bad: list[int] = []
    try:
        with open(path, "rb", buffering=0) as file:
            for place, row, count in runs:
                run = content[place * row_bytes : (place + count) * row_bytes]
                file.seek(header.offset + row * row_bytes)
                num_read = file.readinto(run) or 0
                if num_read < len(run) or not is_as_written(run, row, count):
                    run[num_read:] = b"\xff" * (len(run) - num_read)  # no row that is stored has a NaN
                    digests = np.fromiter(map(_digest, values[place : place + count]), np.uint64)
                    wrong = digests != header.row_digests[row : row + count]
                    bad += (place + np.flatnonzero(wrong)).tolist()
    except OSError:
        return [place for start, _, count in runs for place in range(start, start + count)]
    return bad


def _checker(header: ChunkHeader, row_bytes: int) -> Callable[[memoryview, int, int], bool]:
    """Return what tells whether the bytes of rows that follow each other are what was written.

    It gets the bytes, the number of the first row and how many there are. Whole groups are checked as such.
    """
    of_rows, of_groups = header.row_digests.data, header.group_digests.data
    group_rows, num_rows = _group_rows(row_bytes), len(of_rows)

    def is_as_written(run: memoryview, first: int, count: int) -> bool:
        if count == 1:
            return bool(_digest(run) == of_rows[first])
        row, end = first, first + count
        while row < end:
            after, expected = row + 1, of_rows[row]
            if row % group_rows == 0 and (group_end := min(row + group_rows, num_rows)) <= end:
                after, expected = group_end, of_groups[row // group_rows]
            if _digest(run[(row - first) * row_bytes : (after - first) * row_bytes]) != expected:
                return False
            row = after
        return True

    return is_as_written


def _group_rows(row_bytes: int) -> int:
    return max(min(_MOST_GROUP_BYTES // row_bytes, _MOST_GROUP_ROWS), 1)
