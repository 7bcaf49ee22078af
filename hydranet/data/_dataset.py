"""A task's labelled pictures by split, each picture known by the hash of its content."""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hydranet.data._pictures import Picture, hash_content, hash_pictures
from hydranet.data._source import SPLITS, UNSPLIT, Example, Pictures, Source
from hydranet.errors import DataError

# The share of the training pictures that becomes the validation split where none is given.
VALIDATION_SHARE = 0.2

_log = logging.getLogger(__name__)


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
        """Return what a message or a report calls an example: the names of its pictures."""
        return ", ".join(picture.name for picture in self.pictures_of(row))

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


def load_dataset(source: Source, *, task: str) -> dict[str, Dataset]:
    """List, hash and split a source's examples.

    Where no validation split is given, the examples are divided by the hash of their pictures' content, so
    identical ones never land on both sides, and one that is added later moves no other.

    Args:
        source: where the pictures come from.
        task: its name, for messages.

    Returns:
        `train`, `validation`, and `test` where it is given.

    Raises:
        DataError: the pictures are missing or not laid out as expected, or a split would be empty.
    """
    shape = source.example_shape
    splits = {split: hash_examples(examples, shape) for split, examples in source.load().items()}
    report_duplicates(splits, task=task)
    if "validation" not in splits:
        whole = splits.pop("train" if "train" in splits else UNSPLIT)
        validation = held_out(whole.hashes, VALIDATION_SHARE, word=0)
        splits["train"], splits["validation"] = whole.where(~validation), whole.where(validation)
    for split in ("train", "validation"):
        if not len(splits[split]):
            raise DataError(
                f"The task {task!r} has no pictures in its {split} split: give it more, or a split."
            )
    return {split: splits[split] for split in SPLITS if split in splits}


def join_datasets(datasets: Sequence[Dataset]) -> Dataset:
    """Return the examples of several datasets, all of one shape, one dataset after the other."""
    return Dataset(
        [picture for dataset in datasets for picture in dataset.pictures],
        [label for dataset in datasets for label in dataset.labels],
        np.concatenate([dataset.picture_hashes for dataset in datasets]),
    )


def held_out(hashes: np.ndarray, share: float, *, word: int) -> np.ndarray:
    """Return which pictures belong to a part of about `share` of all: bool `(num_examples,)`.

    Args:
        hashes: uint64 `(num_examples, 2)`.
        share: in [0, 1].
        word: 0 or 1; the two give independent divisions.
    """
    return hashes[:, word] / 2.0**64 < share


def report_duplicates(splits: Mapping[str, Dataset], *, task: str) -> int:
    """Warn of examples that stand in more than one split, and return how many there are."""
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
    if duplicates:
        first, second = duplicates[0]
        _log.warning(
            "The task '%s' has %d picture(s) in more than one split, so its evaluation is too good; first: %s = %s.",
            task, len(duplicates), first, second,
        )  # fmt: skip
    return len(duplicates)


def hash_examples(examples: Sequence[Example], example_shape: tuple[int, ...]) -> Dataset:
    """Return examples with the identities of their pictures, all of which are read.

    Raises:
        DataError: an example has not as many pictures as `example_shape` says, or a file can't be read.
    """
    pictures = [picture for example in examples for picture in _flat(example.pictures, example_shape)]
    hashes = hash_pictures(pictures).reshape(len(examples), *example_shape, 2)
    return Dataset(pictures, [example.label for example in examples], hashes)


def _flat(pictures: Pictures, example_shape: tuple[int, ...]) -> list[Picture]:
    """Return the pictures of an example one after the other, once they are arranged as its source says."""
    if not example_shape:
        return [pictures]  # type: ignore[list-item]
    if not isinstance(pictures, Sequence | np.ndarray) or len(pictures) != example_shape[0]:
        received = len(pictures) if isinstance(pictures, Sequence | np.ndarray) else "one picture"
        raise DataError(
            f"An example is not of the shape that its source gives: received {received}, expected "
            f"{example_shape[0]} of shape {example_shape[1:]}."
        )
    return [picture for part in pictures for picture in _flat(part, example_shape[1:])]
