"""Pictures and their labels in a CSV file."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from hydranet.data._absent import AbsentPicture
from hydranet.data._cells import MISSING_WORDS, clean
from hydranet.data._csv_rows import Row, check_separator, read_rows, split_in
from hydranet.data._frames import check_film_shape, read_film
from hydranet.data._pictures import Picture, PictureFile
from hydranet.data._source import UNSPLIT, Example, Pictures, Source
from hydranet.errors import ConfigError, DataError
from hydranet.naming import listed
from hydranet.settings import PathText, PositiveInt

# One class as a text; several as a tuple, which may be empty.
_Label = str | tuple[str, ...]


@dataclass(frozen=True)
class CSV(Source):
    """A CSV file with a header, one row per example, one column per task; an empty cell is no label.

    Args:
        path: the file.
        label: the column that holds this task's label.
        image: the column that holds the path of the picture, relative to the file; or those of several pictures, where
            an example has as many. An empty cell among these is a picture that is not there. With `shape`, one column
            holds the paths of films: folders of frames, or videos, as `Films` reads them.
        split: the column that holds `train`, `validation` or `test`, where there is one.
        one_hot: instead of `label`, the columns that are called as the classes and hold 1 or 0.
        separator: what stands between cells, such as `;`, or `tab`.
        label_separator: what stands between the labels of one cell, of tasks with several; `|` where not given.
        missing: words that are no label, in upper or lower case.
        shape: how several pictures are arranged, such as `[steps, cameras]`, the last axis changing fastest; those of
            several columns stand in a row by default.

    Example:
        >>> CSV("pictures.csv", label="breed").image
        'image'
    """

    path: PathText
    label: str | None = None
    image: str | tuple[str, ...] = "image"
    split: str | None = None
    one_hot: tuple[str, ...] = field(default=(), kw_only=True, repr=False)
    separator: str = field(default=",", kw_only=True, repr=False)
    label_separator: str | None = field(default=None, kw_only=True, repr=False)
    missing: tuple[str, ...] = field(default=MISSING_WORDS, kw_only=True, repr=False)
    shape: tuple[PositiveInt, ...] = field(default=(), kw_only=True, repr=False)
    kind: Literal["csv"] = field(default="csv", kw_only=True, repr=False)
    is_local: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if bool(self.label) == bool(self.one_hot):
            raise ConfigError("Give either `label`, a column, or `one_hot`, several columns.")
        check_separator(self.separator)
        if isinstance(self.image, str):
            if self.shape and (problem := check_film_shape(self.shape)):
                raise ConfigError(problem)
        elif math.prod(self.example_shape) != len(self.image):
            raise ConfigError(
                f"shape {list(self.shape)} is of {math.prod(self.shape)} pictures: received {len(self.image)} columns."
            )
        if self.label_separator == "":
            raise ConfigError("label_separator must not be empty.")

    def load(self) -> dict[str, list[Example]]:
        """Return the labelled rows in the order of the file; see `Source.load`."""
        path = self._path
        splits: dict[str, list[Example]] = {}
        labelled = [
            (line, row, label) for line, row in self._rows() if (label := self._label(line, row)) is not None
        ]
        alone = all(len(label) == 1 for _, _, label in labelled if isinstance(label, tuple))
        for line, row, label in labelled:
            split = self._split(line, row)
            one = label[0] if self.one_hot and alone else label
            splits.setdefault(split, []).append(Example(self._pictures(line, row), one))
        if not splits:
            raise DataError(f"{path} has no row with a label in the column {listed(self._label_columns)!r}.")
        if "train" not in splits and UNSPLIT not in splits:
            raise DataError(
                f"{path} has no row whose {self.split!r} is 'train': received {', '.join(sorted(splits))}."
            )
        return splits

    def notes(self) -> list[str]:
        """Say how many cells were taken for no label, and how many pictures are not there; see `Source.notes`."""
        return [*self._label_notes(), *self._absence_notes()]

    def _label_notes(self) -> list[str]:
        cells = Counter(clean(row[column]) for _, row in self._rows() for column in self._label_columns)
        words = Counter({cell: count for cell, count in cells.items() if cell and self._is_missing(cell)})
        if not words:
            return []
        found = listed(f"{word!r} ({count})" for word, count in words.most_common())
        return [
            f"{self._path}: {words.total()} cell(s) are taken for no label: {found}. `missing` of the data says which "
            "words are."
        ]

    def _absence_notes(self) -> list[str]:
        if isinstance(self.image, str):
            return []
        lacking = [sum(not row[column].strip() for column in self.image) for _, row in self._rows()]
        if not any(lacking):
            return []
        examples = sum(map(bool, lacking))
        return [
            f"{self._path}: {sum(lacking)} picture(s) of {examples} example(s) are not there: their cells are empty."
        ]

    @property
    def example_shape(self) -> tuple[int, ...]:
        """How several pictures are arranged; see `Source.example_shape`."""
        return self.shape if isinstance(self.image, str) else self.shape or (len(self.image),)

    def _pictures(self, line: int, row: Row) -> Pictures:
        if not any(row[column].strip() for column in self._image_columns):
            named = listed(map(repr, self._image_columns), most=3)
            empty = f"the column {named} is" if isinstance(self.image, str) else f"the columns {named} are"
            raise DataError(f"{self._path}, line {line}: {empty} empty: expected a path.")
        if isinstance(self.image, str) and self.shape:
            return read_film(self._path.parent / row[self.image].strip(), self.shape)
        pictures: Sequence[Pictures] = [self._picture(row[column].strip()) for column in self._image_columns]
        for size in reversed(self.example_shape):
            pictures = [pictures[start : start + size] for start in range(0, len(pictures), size)]
        return pictures[0]

    def _picture(self, image: str) -> Picture:
        return PictureFile(self._path.parent / image) if image else AbsentPicture()

    @property
    def _image_columns(self) -> tuple[str, ...]:
        return (self.image,) if isinstance(self.image, str) else self.image

    @property
    def _path(self) -> Path:
        return Path(self.path).expanduser()

    @property
    def _label_columns(self) -> tuple[str, ...]:
        return self.one_hot or (str(self.label),)

    def _rows(self) -> Iterator[tuple[int, Row]]:
        columns = filter(None, (*self._image_columns, *self._label_columns, self.split))
        return read_rows(self._path, list(columns), self.separator)

    def _label(self, line: int, row: Row) -> _Label | None:
        """Return the label of a row: a tuple of classes where there may be several; None where it has none."""
        if self.one_hot:
            return self._named(line, row)
        label = clean(row[str(self.label)])
        if self._is_missing(label):
            return None
        if self.label_separator is None:
            return label
        parts = [clean(part) for part in label.split(self.label_separator)]
        return tuple(dict.fromkeys(part for part in parts if not self._is_missing(part)))

    def _named(self, line: int, row: Row) -> tuple[str, ...] | None:
        """Return the classes in whose columns there is a 1; None if all are empty."""
        named: list[str] = []
        cells = {column: clean(row[column]) for column in self.one_hot}
        for column, cell in cells.items():
            if cell.lower() in ("1", "1.0", "true", "yes"):
                named.append(column)
            elif cell.lower() not in ("0", "0.0", "false", "no") and not self._is_missing(cell):
                raise DataError(f"{self._path}, line {line}: {column} is {cell!r}: expected 1 or 0.")
        return None if all(map(self._is_missing, cells.values())) else tuple(named)

    def _split(self, line: int, row: Row) -> str:
        if not self.split:
            return UNSPLIT
        return split_in(row, self.split, f"{self._path}, line {line}")

    def _is_missing(self, cell: str) -> bool:
        return not cell or cell.lower() in {word.lower() for word in self.missing}
