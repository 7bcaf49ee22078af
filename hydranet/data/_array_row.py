"""A row of an array as an example: features that somebody has computed, in place of a picture."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hydranet.data._array_file import array_names, read_array
from hydranet.errors import DataError, ImageError
from hydranet.naming import listed

_log = logging.getLogger(__name__)

# Kinds of dtype: booleans, integers, floats.
_NUMBERS = "biuf"
# Sums of multiples of it modulo 1 are spread evenly.
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True, eq=False)
class ArrayRow:
    """One row of an array of features, read when it is needed.

    Args:
        array: numbers `(num_rows, ...)`; it may be mapped from a file.
        row: which of them.
        name: what messages call it.

    Example:
        >>> row = ArrayRow(np.eye(3), 1, "features[1]")
        >>> row.pixels(row.content(), (3,)).tolist()
        [0.0, 1.0, 0.0]
    """

    array: np.ndarray
    row: int
    name: str = "array"

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the row."""
        return self.array.shape[1:]

    def content(self) -> bytes:
        """Shape and values, as float32: the same whatever file and dtype they come from."""
        with np.errstate(over="ignore"):  # what is too large for float32 is said when it is read
            return self._header() + np.ascontiguousarray(self.array[self.row], np.float32).tobytes()

    def pixels(self, content: bytes, image_size: tuple[int, ...]) -> np.ndarray:
        """Return the values: float32, of the shape that is wanted, which must be that of the row.

        Raises:
            ImageError: it is not, or they are not finite.
        """
        if self.shape != image_size:
            wanted = "pictures" if len(image_size) == 2 else f"arrays of shape {image_size}"
            raise ImageError(f"{self.name} is an array of shape {self.shape}: this model reads {wanted}.")
        values = np.frombuffer(content[len(self._header()) :], np.float32).reshape(self.shape)
        if not np.isfinite(values).all():
            raise ImageError(
                f"{self.name} holds values that are not finite numbers, or too large for float32."
            )
        return values

    def _header(self) -> bytes:
        return f"{self.shape} float32 ".encode()


def find_rows(path: Path, shape: tuple[int, ...]) -> list[ArrayRow]:
    """Return the rows of this shape in a file, of all its arrays; which others it has is logged.

    Raises:
        DataError: the file can't be read, or has none.
    """
    rows: list[ArrayRow] = []
    others = []
    for name in array_names(path):
        array = read_array(path, name)
        if array.shape[1:] != shape or array.dtype.kind not in _NUMBERS:
            others.append(f"{name} {array.shape}")
            continue
        rows += [ArrayRow(array, row, f"{full_name(path, name)}[{row}]") for row in range(len(array))]
    if not rows:
        raise DataError(f"{path} has no rows of shape {shape}: it has {listed(others) or 'no arrays'}.")
    if others:
        _log.warning("%s: not used are %s.", path, listed(others))
    return rows


def check_rows(examples: Iterable[Any], shape: tuple[int, ...]) -> None:
    """Raise DataError if an example is a row of an array of another shape; none is read."""
    for example in examples:
        row = example.pictures
        if isinstance(row, ArrayRow) and row.shape != shape:
            raise DataError(
                f"{row.name} is of shape {list(row.shape)}: the backbone's `shape` is {list(shape)}."
            )


def full_name(path: Path, array: str) -> str:
    """Return what messages call an array of a file."""
    return str(path) if array_names(path) == [array] else f"{path}[{array}]"


def check_numbers(array: np.ndarray, name: str) -> None:
    """Raise DataError if an array is none of numbers."""
    if array.dtype.kind not in _NUMBERS or array.ndim < 2:
        raise DataError(
            f"{name} is of shape {array.shape} and type {array.dtype}: expected numbers, one row of features for each "
            "example."
        )


def sample_arrays(count: int, shape: tuple[int, ...]) -> np.ndarray:
    """Return arrays made by plain arithmetic: float32 `(count, *shape)`, values in [0, 1).

    Example:
        >>> sample_arrays(2, (3,)).shape
        (2, 3)
    """
    size = (count, *shape)
    values: np.ndarray = (np.arange(np.prod(size)) * _GOLDEN % 1).reshape(size).astype(np.float32)
    return values
