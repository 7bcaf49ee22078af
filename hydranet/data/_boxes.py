"""Pictures whose labels are boxes: four columns of a CSV file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from hydranet.data._cells import MISSING_WORDS, clean
from hydranet.data._csv_rows import Row, check_separator, read_rows, split_in
from hydranet.data._picture_size import picture_size
from hydranet.data._pictures import PictureFile
from hydranet.data._source import UNSPLIT, Example, Source
from hydranet.data._split_names import split_named
from hydranet.errors import DataError, ImageError
from hydranet.settings import PathText

# A picture that can't be read stops the training, or is left out and counted, when it is decoded.
_OF_NO_PICTURE = "0 0 1 1"


@dataclass(frozen=True)
class Boxes(Source):
    """A CSV file with a header, a row per picture, and in four columns the edges of a box; empty cells are no label.

    Where there is no column for it, the split is the first folder of a picture's path, if that is called as one in
    every row. Edges in pixels are turned into shares of the width and height that the picture's file states.

    Args:
        path: the file.
        pictures: the folder that the paths in it are relative to; that of the file by default.
        box: the columns that hold the left, upper, right and lower edge.
        image: the column that holds the path of the picture.
        split: the column that holds `train`, `validation` or `test`, where there is one.
        in_pixels: whether edges are in pixels of the picture as it is seen, or else shares of its width and height.
        separator: what stands between cells, such as `;`, or `tab`.

    Example:
        >>> Boxes("boxes.csv", pictures="pets").box
        ('x_min', 'y_min', 'x_max', 'y_max')
    """

    path: PathText
    pictures: PathText | None = None
    box: tuple[str, str, str, str] = field(default=("x_min", "y_min", "x_max", "y_max"), kw_only=True)
    image: str = field(default="image", kw_only=True)
    split: str | None = field(default=None, kw_only=True)
    in_pixels: bool = field(default=True, kw_only=True)
    separator: str = field(default=",", kw_only=True, repr=False)
    kind: Literal["boxes"] = field(default="boxes", kw_only=True, repr=False)
    is_local: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_separator(self.separator)

    def load(self) -> dict[str, list[Example]]:
        """Return the rows with a box in the order of the file, each label a text of four shares; see `Source.load`."""
        rows = [(line, row, edges) for line, row in self._rows() if (edges := self._edges(line, row))]
        if not rows:
            raise DataError(f"{self._path} has no row with a box in the columns {', '.join(self.box)}.")
        are_folders = self.split is None and all(split_named(self._first(row)) for _, row, _ in rows)
        splits: dict[str, list[Example]] = {}
        for line, row, edges in rows:
            split = split_named(self._first(row)) if are_folders else self._split(line, row)
            file = self._folder / row[self.image].strip()
            splits.setdefault(split or UNSPLIT, []).append(
                Example(PictureFile(file), self._label(file, edges))
            )
        if "train" not in splits and UNSPLIT not in splits:
            raise DataError(f"{self._path} has no row of the split 'train': received {', '.join(splits)}.")
        return splits

    def notes(self) -> list[str]:
        """Say how many rows have no box; see `Source.notes`."""
        without = sum(self._edges(line, row) is None for line, row in self._rows())
        return [f"{self._path}: {without} row(s) have no box, and are left out."] if without else []

    @property
    def _path(self) -> Path:
        return Path(self.path).expanduser()

    @property
    def _folder(self) -> Path:
        return self._path.parent if self.pictures is None else Path(self.pictures).expanduser()

    def _rows(self) -> Iterator[tuple[int, Row]]:
        columns = [self.image, *self.box, *([self.split] if self.split else [])]
        return read_rows(self._path, columns, self.separator)

    def _first(self, row: Row) -> str:
        """Return the first folder of a picture's path; "" where it lies in none."""
        return next((part for part in Path(row[self.image].strip()).parts[:-1]), "")

    def _edges(self, line: int, row: Row) -> tuple[float, ...] | None:
        """Return the four numbers of a row; None where no cell holds one."""
        cells = [clean(row[column]) for column in self.box]
        if all(not cell or cell.lower() in MISSING_WORDS for cell in cells):
            return None
        try:
            return tuple(map(float, cells))
        except ValueError:
            raise DataError(
                f"{self._path}, line {line}: {', '.join(self.box)} are {cells}: expected four numbers, or none."
            ) from None

    def _split(self, line: int, row: Row) -> str:
        if self.split is None:
            return UNSPLIT
        return split_in(row, self.split, f"{self._path}, line {line}")

    def _label(self, file: Path, edges: tuple[float, ...]) -> str:
        try:
            width, height = picture_size(file) if self.in_pixels else (1, 1)
        except ImageError:
            return _OF_NO_PICTURE
        return " ".join(f"{edge / size:.5g}" for edge, size in zip(edges, (width, height) * 2, strict=True))
