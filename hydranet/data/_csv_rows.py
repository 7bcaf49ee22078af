"""The rows of a CSV file with a header, and what is wrong with it."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hydranet.data._split_names import SPLITS, split_named
from hydranet.errors import ConfigError, DataError
from hydranet.naming import nearest_match

# The cells of a row by column.
Row = Mapping[str, str]

_SEPARATORS = {"tab": "\t"}


def check_separator(separator: str) -> None:
    """Raise ConfigError unless cells can be separated by it: one character, or `tab`."""
    if len(_SEPARATORS.get(separator, separator)) != 1:
        raise ConfigError(f"separator must be one character, or tab: received {separator!r}.")


def read_rows(path: Path, needed: Sequence[str], separator: str = ",") -> Iterator[tuple[int, Row]]:
    """Yield the number of each row's line, and its cells by column.

    Args:
        path: the file.
        needed: the columns that there must be.
        separator: what stands between cells; `tab` for a tabulator.

    Raises:
        DataError: it can't be read, or is no such file.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file, delimiter=_SEPARATORS.get(separator, separator))
            columns = [column.strip() for column in next(rows, [])]
            _check_columns(path, columns, needed)
            for cells in rows:
                if any(cell.strip() for cell in cells[len(columns) :]):
                    raise DataError(
                        f"{path}, line {rows.line_num}: received {len(cells)} cells, expected {len(columns)}, as "
                        f"in the header. Put a cell with {separator!r} in it into quotes."
                    )
                yield rows.line_num, dict.fromkeys(columns, "") | dict(zip(columns, cells, strict=False))
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a CSV file in UTF-8: {error}.") from error


def split_in(row: Row, column: str, where: str) -> str:
    """Return the split that a cell names.

    Args:
        row: its row.
        column: its column.
        where: of the row, for the message.

    Raises:
        DataError: it names none.
    """
    split = split_named(row[column])
    if split is None:
        raise DataError(f"{where}: {column} is {row[column].strip()!r}: expected one of {', '.join(SPLITS)}.")
    return split


def _check_columns(path: Path, columns: Sequence[str], needed: Sequence[str]) -> None:
    for column in needed:
        if column not in columns:
            likely = next((each for each in ";\t|" if len(columns) == 1 and each in columns[0]), "")
            advice = f" Its cells seem to be separated by {likely!r}: give `separator`." if likely else ""
            raise DataError(
                f"{path} has no column {column!r}: its columns are {', '.join(columns) or 'missing'}."
                f"{advice or nearest_match(column, columns)}"
            )
        if columns.count(column) > 1:
            raise DataError(f"{path} has {columns.count(column)} columns called {column!r}: expected one.")
