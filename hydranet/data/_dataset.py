"""A task's labelled pictures by split, each picture known by the hash of its content."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hydranet.data._dividing import ClassesOf, no_classes, unmeasured_notes, validating
from hydranet.data._listing import listing_once
from hydranet.data._pictures import Picture, PictureFile, hash_content, hash_pictures
from hydranet.data._source import UNSPLIT, Example, Source, flat_pictures
from hydranet.data._split_names import SPLITS
from hydranet.errors import DataError
from hydranet.naming import listed

# Pictures of an example.
_MOST_NAMED = 8


@dataclass(frozen=True)
class Dataset:
    """The examples of one split.

    Args:
        pictures: not read yet; those of one example after those of another.
        labels: one for each example, as the source has them.
        picture_hashes: uint64 `(num_examples, *example_shape, 2)`, the identity of each picture's content.

    Example:
        >>> from hydranet import Drawings
        >>> dataset = load_dataset(Drawings("cats_dogs", 5, 2), task="cats_dogs")["train"]
        >>> len(dataset), dataset.example_shape, dataset.picture_hashes.shape
        (10, (), (10, 2))
    """

    pictures: list[Picture]
    labels: list[Any]
    picture_hashes: np.ndarray

    def __len__(self) -> int:
        return len(self.picture_hashes)

    @property
    def example_shape(self) -> tuple[int, ...]:
        """How the pictures of one example are arranged: `()` for a single one."""
        return self.picture_hashes.shape[1:-1]

    @cached_property
    def hashes(self) -> np.ndarray:
        """The identity of each example: uint64 `(num_examples, 2)`; that of its picture, where it has one."""
        if not self.example_shape:
            return self.picture_hashes
        digests = [hash_content(hashes.tobytes()) for hashes in self.picture_hashes]
        return np.frombuffer(b"".join(digests), np.uint64).reshape(-1, 2)

    def pictures_of(self, row: int) -> list[Picture]:
        """Return the pictures of one example."""
        count = math.prod(self.example_shape)
        return self.pictures[row * count : (row + 1) * count]

    def name(self, row: int) -> str:
        """Return what a message or a report calls an example: the names of its pictures, or of the first few."""
        return listed((picture.name for picture in self.pictures_of(row)), most=_MOST_NAMED)

    def thinned(self, most: int) -> "Dataset":
        """Return the same examples with `most` of their pictures, from the first to the last, if they have more."""
        count = math.prod(self.example_shape)
        if count <= most:
            return self
        places = np.linspace(0, count - 1, most).round().astype(int)
        rows = np.arange(len(self))[:, None] * count + places
        hashes = self.picture_hashes.reshape(-1, 2)[rows]
        return Dataset([self.pictures[place] for place in rows.ravel().tolist()], self.labels, hashes)

    def where(self, mask: np.ndarray) -> "Dataset":
        """Return the examples for which `mask` is True."""
        return self.select(np.flatnonzero(mask))

    def select(self, rows: np.ndarray) -> "Dataset":
        """Return some examples, by index."""
        return Dataset(
            [picture for row in rows.tolist() for picture in self.pictures_of(row)],
            [self.labels[row] for row in rows],
            self.picture_hashes[rows],
        )


class LoadedSplits(dict[str, Dataset]):
    """The examples of a task by split: `train`, `validation`, and `test` where it is given.

    Args:
        splits: by name.
        notes: what is to be said of them, a sentence each: files that are not used, labels that may be mistakes, what
            can't be measured.
        is_divided: whether the validation split was not given, but taken from the training pictures.
    """

    def __init__(
        self, splits: Mapping[str, Dataset], notes: Sequence[str], *, is_divided: bool = False
    ) -> None:
        super().__init__(splits)
        self.notes = tuple(notes)
        self.is_divided = is_divided


def load_dataset(
    source: Source, *, task: str, classes_of: ClassesOf = no_classes, skip_bad_images: bool = False
) -> LoadedSplits:
    """List, hash and split a source's examples.

    Where no validation split is given, the examples are divided by the hash of their pictures' content, so
    identical ones never land on both sides, and one that is added later moves no other. Only a class that would have
    none on one side gets one from the other.

    Args:
        source: where the pictures come from.
        task: its name, for messages.
        classes_of: gives the classes that a label names.
        skip_bad_images: let pictures that can't be read be found by whoever decodes them, instead of stopping.

    Raises:
        DataError: the pictures are missing or not laid out as expected, or a split would be empty.
    """
    shape = source.example_shape
    with listing_once():
        loaded, notes = source.load(), source.notes()
    splits = {
        split: hash_examples(examples, shape, skip_bad_images=skip_bad_images)
        for split, examples in loaded.items()
    }
    notes = [*notes, *duplicates_notes(splits)]
    is_divided = "validation" not in splits
    if is_divided:
        whole = splits.pop("train" if "train" in splits else UNSPLIT)
        validation = validating(whole.hashes, whole.labels, classes_of)
        splits["train"], splits["validation"] = whole.where(~validation), whole.where(validation)
    for split in ("train", "validation"):
        if not len(splits[split]):
            raise DataError(
                f"The task {task!r} has no pictures in its {split} split: give it more, or a split."
            )
    notes += unmeasured_notes({split: each.labels for split, each in splits.items()}, classes_of)
    return LoadedSplits(
        {split: splits[split] for split in SPLITS if split in splits}, notes, is_divided=is_divided
    )


def join_datasets(datasets: Sequence[Dataset]) -> Dataset:
    """Return the examples of several datasets, all of one shape, one dataset after the other."""
    return Dataset(
        [picture for dataset in datasets for picture in dataset.pictures],
        [label for dataset in datasets for label in dataset.labels],
        np.concatenate([dataset.picture_hashes for dataset in datasets]),
    )


def duplicates_notes(splits: Mapping[str, Dataset]) -> list[str]:
    """Say how many examples stand in more than one split, if any do."""
    seen: dict[bytes, str] = {}
    duplicates = []
    for dataset in splits.values():
        here = {}
        for row, digest in enumerate(dataset.hashes):
            key, name = digest.tobytes(), dataset.name(row)
            if key in seen:
                duplicates.append((seen[key], name))
            here[key] = name
        seen.update(here)
    return [
        f"{len(duplicates)} picture(s) are in more than one split, so the evaluation is too good; first: "
        f"{first} = {second}."
        for first, second in duplicates[:1]
    ]


def hash_examples(
    examples: Sequence[Example], example_shape: tuple[int, ...], *, skip_bad_images: bool = False
) -> Dataset:
    """Return examples with the identities of their pictures, all of which are read; see `hash_pictures`.

    Raises:
        DataError: an example has not as many pictures as `example_shape` says, or a file can't be read.
    """
    pictures = [picture for example in examples for picture in flat_pictures(example.pictures, example_shape)]
    hashes = hash_pictures(pictures, skip_bad_images=skip_bad_images)
    hashes = hashes.reshape(len(examples), *example_shape, 2)
    return Dataset(pictures, [example.label for example in examples], hashes)


def check_present(
    examples: Sequence[Example], example_shape: tuple[int, ...], *, skip_bad_images: bool = False
) -> list[str]:
    """Return what is to be said of missing files: the first few, and how many they are.

    Raises:
        DataError: all are missing, or some, and `skip_bad_images` is off.
    """
    pictures = [picture for example in examples for picture in flat_pictures(example.pictures, example_shape)]
    missing = [
        picture.name
        for picture in pictures
        if isinstance(picture, PictureFile) and not picture.path.is_file()
    ]
    if not missing:
        return []
    said = f"{len(missing)} of {len(pictures)} pictures are missing: {listed(missing, most=5)}."
    if len(missing) == len(pictures):
        raise DataError(f"{said} Put them there, or take them out of the data.")
    if not skip_bad_images:
        raise DataError(
            f"{said} Put them there, take them out of the data, or leave them out: `--skip-bad-images`."
        )
    return [f"{said} They are left out."]
