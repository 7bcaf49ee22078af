"""Features that somebody has computed already, as arrays in a file: of pictures, text, sound or anything else."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from hydranet.data._array_file import array_names, read_array
from hydranet.data._array_labels import read_labels
from hydranet.data._array_row import ArrayRow, check_numbers, full_name
from hydranet.data._cells import MISSING_WORDS, clean
from hydranet.data._source import ARRAYS, UNSPLIT, Example, Source
from hydranet.data._split_names import SPLITS, split_named
from hydranet.errors import DataError
from hydranet.naming import listed, nearest_match
from hydranet.settings import PathText


@dataclass(frozen=True)
class Arrays(Source):
    """Rows of arrays in an `.npz`, `.npy` or Parquet file, one row per example, with labels beside them or elsewhere.

    Arrays whose names are those of splits, such as `train`, `valid` and `test`, or hold them, such as `x_train` and
    `x_test`, are those splits; their labels are found likewise: `labels_train`, or `train_labels`. An `.npy` file, and
    an `.npz` file that is not compressed, may be larger than memory.

    Args:
        path: the file of features.
        label: the array, or column, that holds this task's labels: texts, numbers, or `(num_rows, num_classes)` of 1
            and 0. A row whose label is empty, or not a number, is left out.
        array: the array, or Parquet column, that holds the features; those of the splits, or the only one, where not
            given.
        labels: the file that holds the labels, also a CSV file, its rows in the order of the features; the same file
            where not given.
        split: the array, or column, beside the labels that holds `train`, `validation` or `test`, where there is one.
            Where the features of each split are an array, its labels are in the order of that.
        class_names: what labels that are whole numbers are called, from 0 on, or the columns of 1 and 0.
        missing: words that are no label, in upper or lower case.

    Example:
        >>> Arrays("DogXceptionData.npz", "breed", labels="breeds.csv").gives
        'arrays'
    """

    path: PathText
    label: str = "labels"
    array: str = field(default="", kw_only=True)
    labels: PathText | None = field(default=None, kw_only=True)
    split: str | None = field(default=None, kw_only=True, repr=False)
    class_names: tuple[str, ...] = field(default=(), kw_only=True, repr=False)
    missing: tuple[str, ...] = field(default=MISSING_WORDS, kw_only=True, repr=False)
    kind: Literal["arrays"] = field(default="arrays", kw_only=True, repr=False)
    is_local: ClassVar[bool] = True
    gives: ClassVar[str] = ARRAYS

    def load(self) -> dict[str, list[Example]]:
        """Return the labelled rows in the order of the file; see `Source.load`."""
        of_rows = self._splits_of_rows()
        features = _divided(self._path, self._feature_names(), of_rows)
        labels = _divided(self._labels_path, self._label_names(), of_rows)
        if set(features) != set(labels):
            raise DataError(
                f"{self._path} has features of {listed(sorted(features))}, and {self._labels_path} has labels of "
                f"{listed(sorted(labels))}: expected the same. `split` of the data names a column beside the "
                "labels that says of which split each is."
            )
        found = {split: self._examples(split, part, labels[split]) for split, part in features.items()}
        splits = {split: examples for split, examples in found.items() if examples}
        if "train" not in splits and UNSPLIT not in splits:
            raise DataError(f"{self._labels_path} has no label {self.label!r} of a training row.")
        return splits

    def _examples(self, split: str, features: "_Part", labels: "_Part") -> list[Example]:
        check_numbers(features.values, features.name)
        if len(features.rows) != len(labels.rows):
            of_split = "" if split == UNSPLIT else f" of {split}"
            raise DataError(
                f"{features.name} has {len(features.rows)} rows{of_split}, and {labels.name} {len(labels.rows)}: "
                "expected a label for each row, in the same order."
            )
        values = labels.values[labels.rows]
        texts = read_labels(values, labels.name, class_names=self.class_names, missing=self.missing)
        return [
            Example(ArrayRow(features.values, row, f"{features.name}[{row}]"), label)
            for row, label in zip(features.rows.tolist(), texts, strict=True)
            if label is not None
        ]

    def _feature_names(self) -> dict[str, str]:
        """Return which array holds the features of each split."""
        names = array_names(self._path)
        if found := names_by_split(self._path, self.array, names):
            return found
        if self.array:
            raise DataError(_no_array(self._path, self.array, names))
        taken = {self.split, *names_by_split(self._path, self.label, names).values()}
        left = [name for name in names if self.labels is not None or name not in taken]
        if len(left) > 1:  # what has a row of numbers for each example
            left = [name for name in left if read_array(self._path, name).ndim > 1]
        if len(left) != 1:
            raise DataError(
                f"{self._path} has the arrays {listed(names) or 'none'}: `array` of the data says which holds the "
                "features."
            )
        return {UNSPLIT: left[0]}

    def _label_names(self) -> dict[str, str]:
        """Return which array holds the labels of each split."""
        names = array_names(self._labels_path)
        if found := names_by_split(self._labels_path, self.label, names):
            return found
        if len(names) == 1 and self.labels is not None:
            return {UNSPLIT: names[0]}
        raise DataError(
            f"{_no_array(self._labels_path, self.label, names)} `label` of the data says which holds the labels, and "
            "`labels` in which file."
        )

    def _splits_of_rows(self) -> np.ndarray | None:
        """Return the split of each row of the labels, where a column says it."""
        if self.split is None:
            return None
        texts = read_array(self._labels_path, self.split).astype(str).tolist()
        splits = [split_named(clean(text)) for text in texts]
        if None in splits:
            row = splits.index(None)
            raise DataError(
                f"{self._labels_path}[{self.split}][{row}] is {texts[row]!r}: expected one of {', '.join(SPLITS)}."
            )
        return np.array(splits)

    @property
    def _path(self) -> Path:
        return Path(self.path).expanduser()

    @property
    def _labels_path(self) -> Path:
        return Path(self.labels or self.path).expanduser()


class _Part(NamedTuple):
    """Some rows of an array, and what it is called."""

    values: np.ndarray
    rows: np.ndarray
    name: str


def _divided(path: Path, names: Mapping[str, str], of_rows: np.ndarray | None) -> dict[str, _Part]:
    """Return the rows of each split: those of its array, or those of the only array that `of_rows` says."""
    parts = {}
    for split, name in names.items():
        values = read_array(path, name)
        parts[split] = _Part(values, np.arange(len(values)), full_name(path, name))
    if of_rows is None or UNSPLIT not in parts:
        return parts
    whole = parts[UNSPLIT]
    if len(of_rows) != len(whole.rows):
        raise DataError(
            f"{whole.name} has {len(whole.rows)} rows: expected {len(of_rows)}, as many as there are splits."
        )
    return {
        split: whole._replace(rows=np.flatnonzero(of_rows == split)) for split in SPLITS if split in of_rows
    }


def names_by_split(path: Path, base: str, names: Iterable[str]) -> dict[str, str]:
    """Return which of some names is that of which split: the base itself, or it with the name of a split beside it.

    Example:
        >>> names_by_split(Path("mnist.npz"), "x", ["x_train", "y_train", "x_test"])
        {'train': 'x_train', 'test': 'x_test'}
    """
    if base and base in names:
        return {UNSPLIT: base}
    beside = re.escape(base)
    pattern = re.compile(rf"(?:{beside}[ _.-]?)?([a-z]+?)(?:[ _.-]?{beside})?", re.IGNORECASE)
    found: dict[str, str] = {}
    for name in names:
        match = pattern.fullmatch(name)
        split = split_named(match[1]) if match and base.lower() in name.lower() else None
        if split in found:
            raise DataError(f"{path} has both {found[split]!r} and {name!r}: keep one of them.")
        if split is not None:
            found[split] = name
    return {split: found[split] for split in SPLITS if split in found}


def _no_array(path: Path, name: str, names: Sequence[str]) -> str:
    return f"{path} has no array {name!r}: it has {listed(names) or 'none'}.{nearest_match(name, names)}"
