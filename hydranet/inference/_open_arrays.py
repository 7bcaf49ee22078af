"""Features that a Predictor is asked about, where its model reads those: rows of files, arrays."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hydranet.data import ARRAY_SUFFIXES, ArrayRow, find_rows
from hydranet.errors import DataError, ImageError


def open_arrays(arrays: Any, shape: tuple[int, ...]) -> Iterator[ArrayRow]:
    """Yield the rows among `arrays`, each an example.

    Args:
        arrays: the path of a file of arrays, an array of one row or of several, or several of these.
        shape: of one row.

    Raises:
        DataError: a file can't be read, or has no such rows.
        ImageError: it is neither.
    """
    if isinstance(arrays, str | os.PathLike):
        yield from rows_of_file(Path(arrays), shape)
    elif isinstance(arrays, ArrayRow):
        yield arrays
    elif hasattr(arrays, "__array__"):
        yield from _rows_of_array(np.asarray(arrays), shape)
    elif isinstance(arrays, Iterable) and not isinstance(arrays, bytes | bytearray | memoryview):
        for each in arrays:
            yield from open_arrays(each, shape)
    else:
        raise ImageError(
            f"A {type(arrays).__name__} holds no features: expected the path of a file ending in "
            f"{', '.join(ARRAY_SUFFIXES)}, or arrays of shape {shape}."
        )


def rows_of_file(path: Path, shape: tuple[int, ...]) -> list[ArrayRow]:
    """Return the rows of this shape in a file.

    Raises:
        DataError: it is no file of arrays, can't be read, or has none.
    """
    if path.suffix not in ARRAY_SUFFIXES:
        raise DataError(
            f"{path} is no file of arrays: this model reads features that were computed before, arrays of shape "
            f"{shape}. Compute them as those of its training were, and give a file ending in "
            f"{', '.join(ARRAY_SUFFIXES)}; or train a model that reads pictures, on another kind of backbone."
        )
    return find_rows(path, shape)


def _rows_of_array(array: np.ndarray, shape: tuple[int, ...]) -> Iterator[ArrayRow]:
    rows = array[None] if array.shape == shape else array
    if rows.shape[1:] != shape or rows.dtype.kind not in "biuf":
        raise ImageError(
            f"An array of shape {array.shape} and type {array.dtype} is none of this model's: expected numbers of "
            f"shape {shape}, or several rows of these."
        )
    yield from (ArrayRow(rows, row, f"array[{row}]") for row in range(len(rows)))
