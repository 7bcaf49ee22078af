"""Pictures and their labels in a CSV file."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from hydranet.data._pictures import PictureFile
from hydranet.data._source import UNSPLIT, Example, Source
from hydranet.data._split_names import SPLITS, split_named
from hydranet.errors import DataError
from hydranet.naming import nearest_match
from hydranet.settings import PathText


@dataclass(frozen=True)
class CSV(Source):
    """A CSV file with a header, one row per picture, one column per task; an empty cell is no label.

    Args:
        path: the file.
        label: the column that holds this task's label.
        image: the column that holds the path of the picture, relative to the file.
        split: the column that holds `train`, `validation` or `test`, where there is one.

    Example:
        >>> CSV("pictures.csv", label="breed").image
        'image'
    """

    path: PathText
    label: str
    image: str = "image"
    split: str | None = None
    kind: Literal["csv"] = field(default="csv", kw_only=True, repr=False)
    is_local: ClassVar[bool] = True

    def load(self) -> dict[str, list[Example]]:
        """Return the labelled rows in the order of the file; see `Source.load`."""
        path = Path(self.path).expanduser()
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                rows = csv.DictReader(file)
                self._check_columns(path, rows.fieldnames or [])
                splits: dict[str, list[Example]] = {}
                for row in rows:
                    self._add_row(path, rows.line_num, row, splits)
        except OSError as error:
            raise DataError(f"{path} can't be read: {error.strerror}.") from error
        except (UnicodeDecodeError, csv.Error) as error:
            raise DataError(f"{path} is not a CSV file in UTF-8: {error}.") from error
        if not splits:
            raise DataError(f"{path} has no row with a label in the column {self.label!r}.")
        if "train" not in splits and UNSPLIT not in splits:
            raise DataError(
                f"{path} has no row whose {self.split!r} is 'train': received {', '.join(sorted(splits))}."
            )
        return splits

    def _check_columns(self, path: Path, columns: Sequence[str]) -> None:
        for column in filter(None, (self.image, self.label, self.split)):
            if column not in columns:
                raise DataError(
                    f"{path} has no column {column!r}: its columns are {', '.join(columns) or 'missing'}."
                    f"{nearest_match(column, columns)}"
                )

    def _add_row(
        self, path: Path, line: int, row: Mapping[str, str | None], splits: dict[str, list[Example]]
    ) -> None:
        image, label = (row[self.image] or "").strip(), (row[self.label] or "").strip()
        if not label:
            return
        if not image:
            raise DataError(f"{path}, line {line}: the column {self.image!r} is empty: expected a path.")
        named = (row[self.split] or "").strip() if self.split else UNSPLIT
        split = split_named(named) if self.split else UNSPLIT
        if split is None:
            raise DataError(
                f"{path}, line {line}: {self.split} is {named!r}: expected one of {', '.join(SPLITS)}."
            )
        splits.setdefault(split, []).append(Example(PictureFile(path.parent / image), label))
