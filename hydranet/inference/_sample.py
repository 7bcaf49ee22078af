"""Some of a run's own pictures: what engines and exports are checked and measured, and int8 calibrated, on."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from hydranet.data import Dataset, Picture, Reader, hash_pictures, join_datasets, read_examples
from hydranet.errors import DataError
from hydranet.tasks import Task

if TYPE_CHECKING:
    from hydranet.features import Splits

# For a check, and for calibration.
MOST_EXAMPLES = 200
_BATCH_SIZE = 32


def load_known_splits(tasks: Iterable[Task]) -> "dict[str, Splits]":
    """Return the pictures of each task that has data, by name; one that came as a head file has none.

    Raises:
        DataError: no task has data, or the pictures are not where they were.
    """
    from hydranet.features import load_splits

    splits: dict[str, Splits] = {task.name: load_splits(task) for task in tasks if task.data is not None}
    if not splits:
        raise DataError("None of the tasks names its data.")
    return splits


def sample_examples(splits: "Iterable[Splits]", split: str, *, count: int = MOST_EXAMPLES) -> Dataset:
    """Return some examples of a split, as many of each task, spread evenly over its classes."""
    datasets = [each[split] for each in splits]
    share = max(count // len(datasets), 1)
    return join_datasets([spread(dataset, share) for dataset in datasets])


def unlabelled(pictures: Sequence[Picture], example_shape: tuple[int, ...]) -> Dataset:
    """Return pictures as examples without labels; those that make no whole one are left out."""
    count = math.prod(example_shape)
    whole = pictures[: len(pictures) // count * count]
    hashes = hash_pictures(whole).reshape(-1, *example_shape, 2)
    return Dataset(list(whole), [None] * len(hashes), hashes)


def spread(dataset: Dataset, count: int) -> Dataset:
    """Return `count` examples, or all there are, evenly from the first to the last."""
    return dataset.select(np.linspace(0, len(dataset) - 1, min(count, len(dataset))).astype(int))


def read_batches(dataset: Dataset, image_size: tuple[int, ...]) -> Iterator[tuple[list[int], np.ndarray]]:
    """Yield the pixels of examples, and which they are; those of which a picture can't be decoded are left out.

    Yields:
        rows, and float32 `(num_rows, *example_shape, height, width, 3)`, values in [0, 255].
    """
    with Reader(image_size) as reader:
        for start in range(0, len(dataset), _BATCH_SIZE):
            rows = range(start, min(start + _BATCH_SIZE, len(dataset)))
            outcomes = zip(rows, read_examples(reader, dataset, rows), strict=True)
            read = {row: images for row, images in outcomes if isinstance(images, np.ndarray)}
            if read:
                yield list(read), np.stack(list(read.values()))


def read_all(dataset: Dataset, image_size: tuple[int, ...]) -> np.ndarray:
    """Return the pixels of those that can be decoded: float32 `(num_examples, *example_shape, height, width, 3)`.

    Raises:
        DataError: none can.
    """
    batches = [images for _, images in read_batches(dataset, image_size)]
    if not batches:
        raise DataError("None of the pictures can be decoded.")
    return np.concatenate(batches)
