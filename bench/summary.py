"""What has been measured, as tables for a terminal."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from hydranet.tables import format_table
from hydranet_bench.machine import COLUMNS

MOST_ROWS = 36
# What a row says besides its median, for which there is no room.
_SPREAD = ("min_", "max_")


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file, without the columns about the machine."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            {name: value for name, value in row.items() if name not in COLUMNS}
            for row in csv.DictReader(file)
        ]


def summary(paths: Sequence[Path]) -> str:
    """Return a table for each of some CSV files; what all rows have in common stands in its title."""
    return "\n".join(_table(path, read_rows(path)) for path in paths)


def _table(path: Path, rows: Sequence[Mapping[str, str]]) -> str:
    if len(rows) > MOST_ROWS:
        return f"\n{path.stem}: {len(rows)} rows, see {path.name}"
    names = [name for name in rows[0] if not name.startswith(_SPREAD)]
    varying = [name for name in names if len(rows) == 1 or len({row[name] for row in rows}) > 1]
    common = ", ".join(f"{name} {rows[0][name]}" for name in names if name not in varying)
    title = f"\n{path.stem}{f' ({common})' if common else ''}"
    return f"{title}\n{format_table(varying, [[row[name] for name in varying] for row in rows])}"
