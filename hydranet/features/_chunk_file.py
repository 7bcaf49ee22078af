"""A chunk of stored features: a file with a header, the keys of its rows and a digest of each, and the rows.

The digests are of XXH3 (https://xxhash.com), which takes a fraction of the time that reading does.
"""

import io
import math
import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xxhash

from hydranet.files import atomic_path

# Raise it with any change of what a chunk holds: the folders of spaces are called by it.
FORMAT = 2
_MAGIC = b"hydrach2"
# The magic, and the length and the digest of the header that follows.
_PREAMBLE = struct.Struct("<8sQQ")
# What is read at once: little enough to be in the processor's cache still when its digests are computed.
_BLOCK_BYTES = 2**18


class ChunkHeader(NamedTuple):
    """A chunk's keys, the digests, shape and dtype of its rows, and where in the file they start."""

    keys: np.ndarray
    digests: np.ndarray
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
    keys, digests = (np.lib.format.read_array(parts, allow_pickle=False) for _ in range(2))
    np.lib.format.read_magic(parts)
    shape, _, dtype = np.lib.format.read_array_header_1_0(parts)
    header = ChunkHeader(keys, digests, tuple(shape), dtype, _PREAMBLE.size + length)
    expected = header.offset + math.prod(shape) * dtype.itemsize
    if size != expected:
        raise ValueError(f"it has {size} bytes where {expected} were expected")
    return header


def write_chunk(path: Path, keys: np.ndarray, rows: np.ndarray, dtype: "np.dtype[np.floating]") -> None:
    """Write a chunk, whole or not at all."""
    rows = np.ascontiguousarray(rows, dtype)
    parts = io.BytesIO()
    for array in (np.ascontiguousarray(keys, np.uint64), row_digests(rows)):
        np.lib.format.write_array(parts, array, allow_pickle=False)
    np.lib.format.write_array_header_1_0(parts, np.lib.format.header_data_from_array_1_0(rows))
    content = parts.getvalue()
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(_PREAMBLE.pack(_MAGIC, len(content), xxhash.xxh3_64_intdigest(content)))
        file.write(content)
        file.write(rows.data)


def row_digests(rows: np.ndarray) -> np.ndarray:
    """Return the digest of each row as it is stored: uint64 `(num_rows,)`."""
    return np.fromiter(_digests(rows), np.uint64, len(rows))


def read_rows(path: Path, header: ChunkHeader, rows: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Read rows of a chunk by index, in that order, and return which of them are not what was written.

    Rows that stand one after the other are read at once. Mapping the file instead would cost more than reading where
    few rows of each of many chunks are wanted.

    Args:
        path: of the chunk.
        header: that it had when it was opened.
        rows: wanted.
        values: where they go, in the dtype in which they are stored: `(num_rows, *shape)`, contiguous.

    Returns:
        bool `(num_rows,)`; all, if the file has gone or become shorter.
    """
    row_bytes = values[:1].nbytes
    block = max(_BLOCK_BYTES // row_bytes, 1)
    starts = {*range(0, len(rows), block), *(np.flatnonzero(rows[1:] - rows[:-1] != 1) + 1).tolist()}
    digests: list[int] = []
    try:
        with path.open("rb", buffering=0) as file:
            for start, end in pairwise([*sorted(starts), len(rows)]):
                run = values[start:end]
                file.seek(header.offset + int(rows[start]) * row_bytes)
                run[(file.readinto(run.data) or 0) // row_bytes :] = np.nan  # no row that is stored has one
                if end % block == 0 or end == len(rows):
                    digests += _digests(values[len(digests) : end])
    except OSError:
        return np.ones(len(rows), bool)
    return np.array(digests, np.uint64) != header.digests[rows]


def _digests(rows: np.ndarray) -> Iterator[int]:
    return map(xxhash.xxh3_64_intdigest, rows)
