"""Classes that are not equally frequent: how much their examples weigh, and what is said of them."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

# From so many times as many examples on, classes are very unequal.
_VERY_UNEQUAL = 10


def balanced_weights(labels: np.ndarray) -> np.ndarray:
    """Return weights with which every class that occurs has the same sum: float64 `(num_examples,)`.

    Args:
        labels: class indices.
    """
    _, which, counts = np.unique(labels, return_inverse=True, return_counts=True)
    weights: np.ndarray = 1 / counts[which]
    return weights


def sampled_weights(labels: np.ndarray, sampling: str, seed: int) -> np.ndarray:
    """Return how often each example is taken so that every class is taken equally often: float64 `(num_examples,)`.

    Args:
        labels: class indices.
        sampling: `over` repeats examples of rarer classes until there are as many as of the most frequent; `under`
            leaves out examples of others until there are as few as of the rarest. Which, is chance.
        seed: of that chance.
    """
    classes, counts = np.unique(labels, return_counts=True)
    wanted = counts.max() if sampling == "over" else counts.min()
    rng, times = np.random.default_rng(seed), np.zeros(len(labels))
    for name, count in zip(classes, counts, strict=True):
        order = rng.permutation(np.flatnonzero(labels == name))
        times[order] = wanted // count
        times[order[: wanted % count]] += 1
    return times


def unequal_notes(counts: Mapping[str, int]) -> list[str]:
    """Say whether some class has many times as many examples as another.

    Args:
        counts: how many examples each class has.

    Example:
        >>> unequal_notes({"cat": 3, "dog": 60})
        ["The classes are very unequal: 60 examples of 'dog', 3 of 'cat'. If rare ones count as much, set class_prior: \
equal."]
        >>> unequal_notes({"cat": 30, "dog": 60})
        []
    """
    if len(counts) < 2:
        return []
    (most, many), *_, (least, few) = Counter(counts).most_common()
    if many < _VERY_UNEQUAL * few:
        return []
    return [
        f"The classes are very unequal: {many} examples of {most!r}, {few} of {least!r}. If rare ones count as much, "
        "set class_prior: equal."
    ]
