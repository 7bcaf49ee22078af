"""The pictures of examples, in the shape of the examples."""

import math
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from hydranet.data._dataset import Dataset
from hydranet.data._reader import Reader, Wanted
from hydranet.errors import DataError, ImageError


def read_examples(
    reader: Reader, dataset: Dataset, rows: Sequence[int], *, errors: type[DataError] | tuple[()] = ImageError
) -> Iterator[np.ndarray | DataError]:
    """Yield the pixels of examples in the order of `rows`: float32 `(*example_shape, height, width, 3)`.

    Args:
        reader: which says how large they are.
        dataset: the examples.
        rows: which of them.
        errors: which errors are given in place of the example; others, or with () all, are raised.
    """
    count, shape = math.prod(dataset.example_shape), dataset.example_shape
    hashes = dataset.picture_hashes.reshape(-1, 2)
    wanted = (
        Wanted(dataset.pictures[place], hashes[place])
        for row in rows
        for place in range(row * count, (row + 1) * count)
    )
    outcomes = reader.try_read(wanted, errors=errors)
    for _ in rows:
        parts = list(islice(outcomes, count))
        error = next((part for part in parts if isinstance(part, DataError)), None)
        if error is not None:
            yield error
        else:
            images = np.stack([part[0] for part in parts if isinstance(part, list)])
            yield images.reshape(*shape, *images.shape[1:])
