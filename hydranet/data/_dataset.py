"""A task's labelled pictures by split, each picture known by the hash of its content."""

import dataclasses
import logging
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hydranet.data._pictures import Picture, hash_pictures
from hydranet.data._sources import SPLITS, UNSPLIT, Example, Source
from hydranet.errors import DataError

# The share of the training pictures that becomes the validation split where none is given.
VALIDATION_SHARE = 0.2

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Dataset:
    """The examples of one split.

    Args:
        pictures: not read yet.
        labels: as the source has them.
        hashes: uint64 `(num_examples, 2)`, the identity of each picture's content.
    """

    pictures: list[Picture]
    labels: list[str]
    hashes: np.ndarray

    def __len__(self) -> int:
        return len(self.pictures)

    def where(self, mask: np.ndarray) -> "Dataset":
        """Return the examples for which `mask` is True."""
        rows = np.flatnonzero(mask)
        return dataclasses.replace(
            self,
            pictures=[self.pictures[row] for row in rows],
            labels=[self.labels[row] for row in rows],
            hashes=self.hashes[rows],
        )


def load_dataset(source: Source, *, task: str) -> dict[str, Dataset]:
    """List, hash and split a source's pictures.

    Where no validation split is given, the pictures are divided by the hash of their content, so identical
    ones never land on both sides, and a picture that is added later moves no other.

    Args:
        source: where the pictures come from.
        task: its name, for messages.

    Returns:
        `train`, `validation`, and `test` where it is given.

    Raises:
        DataError: the pictures are missing or not laid out as expected, or a split would be empty.
    """
    splits = {split: _hashed(examples) for split, examples in source.load().items()}
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


def held_out(hashes: np.ndarray, share: float, *, word: int) -> np.ndarray:
    """Return which pictures belong to a part of about `share` of all: bool `(num_examples,)`.

    Args:
        hashes: uint64 `(num_examples, 2)`.
        share: in [0, 1].
        word: 0 or 1; the two give independent divisions.
    """
    return hashes[:, word] / 2.0**64 < share


def report_duplicates(splits: Mapping[str, Dataset], *, task: str) -> int:
    """Warn of pictures that stand in more than one split, and return how many there are."""
    seen: dict[bytes, str] = {}
    duplicates = []
    for dataset in splits.values():
        here = {}
        for picture, digest in zip(dataset.pictures, dataset.hashes, strict=True):
            key = digest.tobytes()
            if key in seen:
                duplicates.append((seen[key], picture.name))
            here[key] = picture.name
        seen.update(here)
    if duplicates:
        first, second = duplicates[0]
        _log.warning(
            "The task '%s' has %d picture(s) in more than one split, so its evaluation is too good; first: %s = %s.",
            task, len(duplicates), first, second,
        )  # fmt: skip
    return len(duplicates)


def _hashed(examples: list[Example]) -> Dataset:
    pictures = [example.picture for example in examples]
    return Dataset(pictures, [example.label for example in examples], hash_pictures(pictures))
