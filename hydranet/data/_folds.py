"""Parts that hold all examples between them, so that each is judged by what the others teach."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from hydranet.data._dividing import ClassesOf
from hydranet.errors import DataError


def deal(hashes: np.ndarray, labels: np.ndarray, num_parts: int) -> np.ndarray:
    """Return the part of each example: int `(num_examples,)`, in [0, num_parts).

    The parts are about equally large, and classes, or numbers, are spread alike over them: the examples are dealt in
    turn, in the order of their labels and then of their hashes. So the order in which they are listed makes no
    difference, and identical ones are in one part.

    Args:
        hashes: uint64 `(num_examples, 2)`.
        labels: what is to be spread: `(num_examples, num_columns)`.
        num_parts: at least 1.
    """
    keys, first, which = np.unique(hashes, axis=0, return_index=True, return_inverse=True)
    part_of = np.empty(len(keys), int)
    part_of[np.lexsort((*keys.T, *labels[first].T))] = np.arange(len(keys)) % num_parts
    dealt: np.ndarray = part_of[which.reshape(-1)]
    return dealt


def check_folds(folds: int, labels: Sequence[Any], classes_of: ClassesOf) -> None:
    """Raise DataError where a class, or all examples together, are fewer than the folds that they are divided into.

    Args:
        folds: how many parts.
        labels: one for each example.
        classes_of: gives the classes that a label names.
    """
    counts = Counter(name for label in labels for name in classes_of(label))
    [(name, fewest)] = counts.most_common()[-1:] or [("", len(labels))]
    if folds <= fewest:
        return
    what = f"the class {name!r} has {fewest}" if counts else f"there are {fewest}"
    most = f"use at most {fewest} folds" if fewest > 1 else "give it more"
    raise DataError(
        f"{folds} folds need as many examples to train and validate, and of each class: {what}. Set `folds` "
        f"lower ({most}), or leave it out."
    )
