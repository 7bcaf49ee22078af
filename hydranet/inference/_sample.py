"""Some of a run's own pictures: what engines and exports are checked and measured, and int8 calibrated, on."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np

from hydranet.data import Picture, Reader, Wanted
from hydranet.errors import DataError
from hydranet.features import Splits, load_splits
from hydranet.tasks import Task

# For a check, and for calibration.
MOST_PICTURES = 200
_BATCH_SIZE = 32


def load_known_splits(tasks: Iterable[Task]) -> dict[str, Splits]:
    """Return the pictures of each task that has data, by name; one that came as a head file has none.

    Raises:
        DataError: no task has data, or the pictures are not where they were.
    """
    splits = {task.name: load_splits(task) for task in tasks if task.data is not None}
    if not splits:
        raise DataError("None of the tasks names its data.")
    return splits


def sample_pictures(splits: Iterable[Splits], split: str, *, count: int = MOST_PICTURES) -> list[Picture]:
    """Return some pictures of a split, as many of each task, spread evenly over its classes."""
    datasets = [each[split] for each in splits]
    share = max(count // len(datasets), 1)
    return list(chain.from_iterable(spread(dataset.pictures, share) for dataset in datasets))


def spread(pictures: Sequence[Picture], count: int) -> list[Picture]:
    """Return `count` pictures, or all there are, evenly from the first to the last."""
    places = np.linspace(0, len(pictures) - 1, min(count, len(pictures))).astype(int)
    return [pictures[place] for place in places]


def read_batches(
    pictures: Sequence[Picture], image_size: tuple[int, int]
) -> Iterator[tuple[list[int], np.ndarray]]:
    """Yield the pixels of pictures, and their places among them; those that can't be decoded are left out.

    Yields:
        places, and float32 `(num_places, height, width, 3)`, values in [0, 255].
    """
    with Reader(image_size) as reader:
        for start in range(0, len(pictures), _BATCH_SIZE):
            outcomes = list(reader.try_read(map(Wanted, pictures[start : start + _BATCH_SIZE])))
            read = {start + place: each for place, each in enumerate(outcomes) if isinstance(each, list)}
            if read:
                yield list(read), np.stack([image for views in read.values() for image in views])


def read_all(pictures: Sequence[Picture], image_size: tuple[int, int]) -> np.ndarray:
    """Return the pixels of those that can be decoded: float32 `(num_pictures, height, width, 3)`.

    Raises:
        DataError: none can.
    """
    batches = [images for _, images in read_batches(pictures, image_size)]
    if not batches:
        raise DataError("None of the pictures can be decoded.")
    return np.concatenate(batches)
