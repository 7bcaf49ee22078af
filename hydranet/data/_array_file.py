"""Arrays in files, by name: `.npz` and `.npy` of NumPy, the columns of Parquet and CSV files.

Nothing in them is executed: arrays of Python objects, which are pickled, are not read.
"""

import csv
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, NamedTuple
from weakref import WeakValueDictionary

import numpy as np

from hydranet.data._pictures import nearest_file
from hydranet.errors import ConfigError, DataError
from hydranet.naming import listed, nearest_match

# What a file with one array calls it.
_ONLY = "array"
# Tasks that share a file share its arrays.
_open: WeakValueDictionary[tuple[object, ...], np.ndarray] = WeakValueDictionary()


class _Kind(NamedTuple):
    """How one kind of file is read: the names in it, and one of its arrays."""

    names: Callable[[Path], list[str]]
    read: Callable[[Path, str], np.ndarray]


def array_names(path: Path) -> list[str]:
    """Return what the arrays of a file are called.

    Raises:
        DataError: it is missing, damaged, or of another kind.
    """
    with _Explained(path):
        return _kind_of(path).names(path)


def read_array(path: Path, name: str) -> np.ndarray:
    """Return an array of a file; of an `.npy` file, and of an `.npz` file that is not compressed, mapped from it.

    Raises:
        DataError: the file can't be read, or has no such array.
    """
    with _Explained(path):
        if name not in (names := _kind_of(path).names(path)):
            raise DataError(
                f"{path} has no array {name!r}: it has {listed(names)}.{nearest_match(name, names)}"
            )
        stat = path.stat()
        key = (str(path), stat.st_mtime_ns, stat.st_size, name)
        array = _open.get(key)
        if array is None:
            array = _open[key] = _kind_of(path).read(path, name)
    if array.dtype.hasobject or array.ndim == 0:
        raise DataError(f"{path} holds {name!r}, which is no array of numbers or texts.")
    return array


class _Explained:
    """Turns what can go wrong with a file into one error."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is None or isinstance(error, DataError | ConfigError) or not isinstance(error, Exception):
            return
        near = nearest_file(self._path) if isinstance(error, FileNotFoundError) else ""
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(f"{self._path} can't be read: {str(reason).strip().rstrip('.')}.{near}") from error


def _kind_of(path: Path) -> _Kind:
    if path.suffix not in _KINDS:
        raise DataError(f"{path} is no file of arrays: expected a name ending in {', '.join(_KINDS)}.")
    return _KINDS[path.suffix]


def _names_in_npz(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]


def _read_npz(path: Path, name: str) -> np.ndarray:
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(f"{name}.npy")
        if info.compress_type == zipfile.ZIP_STORED:
            with archive.open(info) as member:
                shape, fortran_order, dtype = _header(member)
                offset = _start(path, info) + member.tell()
            return _mapped(path, offset, shape, fortran_order, dtype)
    with np.load(path, allow_pickle=False) as arrays:
        loaded: np.ndarray = arrays[name]
        return loaded


def _start(path: Path, info: zipfile.ZipInfo) -> int:
    """Return where in a zip file what it stores begins, behind a header that says how long its two texts are."""
    with path.open("rb") as file:
        file.seek(info.header_offset + 26)
        lengths = file.read(4)
    return (
        info.header_offset
        + 30
        + int.from_bytes(lengths[:2], "little")
        + int.from_bytes(lengths[2:], "little")
    )


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    return read(file)


def _mapped(
    path: Path, offset: int, shape: tuple[int, ...], fortran_order: bool, dtype: np.dtype[Any]
) -> np.ndarray:
    if dtype.hasobject:
        raise DataError(f"{path} holds Python objects, which are not read, because that would execute code.")
    if 0 in shape:
        return np.empty(shape, dtype)
    return np.memmap(path, dtype, "r", offset, shape, "F" if fortran_order else "C")


def _read_npy(path: Path, name: str) -> np.ndarray:
    with path.open("rb") as file:
        shape, fortran_order, dtype = _header(file)
        return _mapped(path, file.tell(), shape, fortran_order, dtype)


def _parquet() -> Any:
    try:
        from pyarrow import parquet  # type: ignore[import-untyped]
    except ImportError as error:
        raise ConfigError("Parquet files need pyarrow: pip install pyarrow.") from error
    return parquet


def _names_in_parquet(path: Path) -> list[str]:
    parquet = _parquet()
    with path.open("rb"):  # so that a missing file is said as such
        return list(parquet.read_schema(path).names)


def _read_parquet(path: Path, name: str) -> np.ndarray:
    column = _parquet().read_table(path, columns=[name]).column(name).combine_chunks()
    if not hasattr(column, "flatten"):
        return _plain(column.to_numpy(zero_copy_only=False))
    if column.null_count:
        raise DataError(f"{path} has rows without {name!r}: expected an array of numbers in each.")
    lengths = (
        set(column.value_lengths().to_pylist()) if hasattr(column, "value_lengths") else {len(column[0])}
    )
    if len(lengths) > 1:
        raise DataError(
            f"{path}: the rows of {name!r} have {min(lengths)} to {max(lengths)} values: expected as many."
        )
    rows: np.ndarray = np.array(column.to_pylist())
    return rows


def _plain(values: np.ndarray) -> np.ndarray:
    """Return texts, of which some may be missing, as an array of texts; others as they are."""
    return (
        np.array(["" if value is None else str(value) for value in values])
        if values.dtype.hasobject
        else values
    )


def _csv_rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))


def _names_in_csv(path: Path) -> list[str]:
    return [name.strip() for name in next(iter(_csv_rows(path)), [])]


def _read_csv(path: Path, name: str) -> np.ndarray:
    header, *rows = _csv_rows(path)
    column = [cell.strip() for cell in header].index(name)
    return np.array([row[column] if column < len(row) else "" for row in rows])


_KINDS = {
    ".npz": _Kind(_names_in_npz, _read_npz),
    ".npy": _Kind(lambda path: [_ONLY] if path.stat() else [], _read_npy),
    ".parquet": _Kind(_names_in_parquet, _read_parquet),
    ".csv": _Kind(_names_in_csv, _read_csv),
}
# Of files that hold features.
ARRAY_SUFFIXES = (".npz", ".npy", ".parquet")
