"""Where labelled pictures come from: folders, CSV files, TensorFlow Datasets, built-in drawings.

A source lists its pictures without reading them: `load()` is quick, and the pixels come later, when a
picture's features are not stored yet. A source knows no task; labels stay as they were found.
"""

import csv
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hydranet import drawings
from hydranet.data._pictures import IMAGE_SUFFIXES, Drawing, Picture, PictureFile, list_pictures
from hydranet.data._tfds import prepare_tfds
from hydranet.errors import DataError
from hydranet.naming import nearest_match
from hydranet.settings import Variant

SPLITS = ("train", "validation", "test")
# The key of a source that does not say which split its pictures belong to.
UNSPLIT = "all"


@dataclass(frozen=True, slots=True)
class Example:
    """A picture and its label as the source has it: a class name, a number as text, or several classes."""

    picture: Picture
    label: str


@dataclass(frozen=True)
class Source(Variant):
    """Lists labelled pictures."""

    @abstractmethod
    def load(self) -> dict[str, list[Example]]:
        """Return the examples of each split: `train`, `validation`, `test`, or only `all` where none is given.

        Raises:
            DataError: nothing is there, or it is not laid out as expected.
        """


@dataclass(frozen=True)
class Folder(Source):
    """A folder of class folders: `PATH/CLASS/*.jpg`, or `PATH/train|validation|test/CLASS/*.jpg`.

    Args:
        path: the folder.

    Example:
        >>> Folder("pictures/shoes")
        Folder(path='pictures/shoes')
    """

    path: str
    kind: Literal["folder"] = field(default="folder", kw_only=True, repr=False)

    def load(self) -> dict[str, list[Example]]:
        """Return the examples, ordered by class and file name; see `Source.load`."""
        root = Path(self.path).expanduser()
        if not root.is_dir():
            raise DataError(f"{root} is not a folder: expected PATH/CLASS/*.jpg.{_nearest_folder(root)}")
        given = _split_folders(root)
        if given:
            splits = {split: _class_folders(folder) for split, folder in given.items()}
            _check_same_classes(root, splits)
        else:
            splits = {UNSPLIT: _class_folders(root)}
        return {
            split: [Example(PictureFile(file), label) for label, files in classes.items() for file in files]
            for split, classes in splits.items()
        }


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

    path: str
    label: str
    image: str = "image"
    split: str | None = None
    kind: Literal["csv"] = field(default="csv", kw_only=True, repr=False)

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
        split = (row[self.split] or "").strip() if self.split else UNSPLIT
        if self.split and split not in SPLITS:
            raise DataError(
                f"{path}, line {line}: {self.split} is {split!r}: expected one of {', '.join(SPLITS)}."
            )
        splits.setdefault(split, []).append(Example(PictureFile(path.parent / image), label))


@dataclass(frozen=True)
class TFDS(Source):
    """An image classification dataset of TensorFlow Datasets, downloaded and unpacked once.

    Args:
        name: the builder's name, with or without a configuration and a version.
        data_dir: where TensorFlow Datasets keeps its files; its own default where not given.

    Example:
        >>> TFDS("horses_or_humans")
        TFDS(name='horses_or_humans', data_dir=None)
    """

    name: str
    data_dir: str | None = None
    kind: Literal["tfds"] = field(default="tfds", kw_only=True, repr=False)

    def load(self) -> dict[str, list[Example]]:
        """Prepare the dataset if that has not been done, and return its examples; see `Source.load`.

        Raises:
            FetchError: it is not there yet and the network can't be reached.
        """
        return Folder(str(prepare_tfds(self.name, data_dir=self.data_dir))).load()


@dataclass(frozen=True)
class Drawings(Source):
    """The built-in pictures, made by code: for a first try, and for tests, without any data.

    Args:
        collection: `horse_human`, `cats_dogs` or `dog_breeds`.
        num_train: how many training pictures of each class.
        num_validation: how many validation pictures of each class.
        seed: another seed gives other pictures.

    Example:
        >>> {split: len(examples) for split, examples in Drawings("cats_dogs", 20, 5).load().items()}
        {'train': 40, 'validation': 10}
    """

    collection: str
    num_train: int = 100
    num_validation: int = 50
    seed: int = 0
    kind: Literal["drawings"] = field(default="drawings", kw_only=True, repr=False)

    def load(self) -> dict[str, list[Example]]:
        """Return the examples, ordered by class; see `Source.load`."""
        if self.collection not in drawings.COLLECTIONS:
            raise DataError(
                f"There is no collection of drawings called {self.collection!r}: expected one of "
                f"{', '.join(drawings.COLLECTIONS)}.{nearest_match(self.collection, drawings.COLLECTIONS)}"
            )
        ranges = {
            "train": range(self.num_train),
            "validation": range(self.num_train, self.num_train + self.num_validation),
        }
        return {
            split: [
                Example(Drawing(self.collection, label, index, self.seed), label)
                for label in drawings.COLLECTIONS[self.collection]
                for index in indices
            ]
            for split, indices in ranges.items()
        }


def _split_folders(root: Path) -> dict[str, Path]:
    """Return the folders of the splits that are given; `val` and `valid` are other names of `validation`."""
    found: dict[str, Path] = {}
    for name in (*SPLITS, "val", "valid"):
        split = "validation" if name in {"val", "valid"} else name
        if (root / name).is_dir():
            if split in found:
                raise DataError(f"{root} has both {found[split].name!r} and {name!r}: keep one of them.")
            found[split] = root / name
    if found and "train" not in found:
        names = " and ".join(folder.name for folder in found.values())
        raise DataError(f"{root} has {names} but no 'train': expected {root}/train/CLASS/*.jpg beside it.")
    return found


def _class_folders(root: Path) -> dict[str, list[Path]]:
    folders = sorted(child for child in root.iterdir() if child.is_dir() and not child.name.startswith("."))
    classes = {folder.name: list_pictures(folder) for folder in folders}
    if not classes:
        raise DataError(f"{root} holds no class folders: expected {root}/CLASS/*.jpg.")
    empty = [name for name, files in classes.items() if not files]
    if empty:
        raise DataError(
            f"{root} has class folders without pictures: {', '.join(empty)}. Remove them, or put pictures "
            f"({', '.join(sorted(IMAGE_SUFFIXES))}) into them."
        )
    return classes


def _check_same_classes(root: Path, splits: dict[str, dict[str, list[Path]]]) -> None:
    for split, classes in splits.items():
        missing, extra = set(splits["train"]) - set(classes), set(classes) - set(splits["train"])
        if missing or extra:
            raise DataError(
                f"{root}: the class folders of '{split}' differ from those of 'train'"
                + (f"; missing: {', '.join(sorted(missing))}" if missing else "")
                + (f"; not in 'train': {', '.join(sorted(extra))}" if extra else "")
                + ". Every split needs the same classes."
            )


def _nearest_folder(path: Path) -> str:
    parent = path.parent
    return nearest_match(path.name, [child.name for child in parent.iterdir()]) if parent.is_dir() else ""
