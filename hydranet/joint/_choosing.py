"""Which training pictures train nothing in a phase, and choose its epoch instead: a part of each task's, by content.

What chooses among epochs flatters the one that it chooses; so the validation split, which says what a phase has
brought and whether a task takes it over, chooses only where there are too few training pictures.
"""

from collections.abc import Mapping

import numpy as np

from hydranet.data import HELD_OUT_SHARE, Dataset, held_out, without_scarce
from hydranet.tasks import Task

# Fewer say little of which epoch is the best, and those that train are few themselves.
_FEWEST = 50


def may_choose(task: Task, dataset: Dataset) -> np.ndarray:
    """Return which training examples of a task may choose its epochs: bool `(num_examples,)`, none where they are few.

    They depend on the task's own pictures alone, and belong to those that have said when a head's training was to stop.

    Args:
        task: with its classes known.
        dataset: its training split.
    """
    part = _spared(task, dataset)[0]
    return part if part.sum() >= _FEWEST else np.zeros_like(part)


def choosing_examples(tasks: Mapping[str, Task], datasets: Mapping[str, Dataset]) -> dict[str, np.ndarray]:
    """Return, for each task of a phase, which training examples choose: bool `(num_examples,)`.

    They are all of those that may, but pictures that another task can't be without.

    Args:
        tasks: by name, with their classes known.
        datasets: the training split of each.
    """
    needed = set().union(
        *(_keys(datasets[name], _spared(task, datasets[name])[1]) for name, task in tasks.items())
    )
    choosing = {}
    for name, task in tasks.items():
        part = may_choose(task, datasets[name])
        part &= ~_is_in(datasets[name], needed)
        choosing[name] = part if part.sum() >= _FEWEST else np.zeros_like(part)
    return choosing


def without_choosing(
    datasets: Mapping[str, Dataset], choosing: Mapping[str, np.ndarray]
) -> dict[str, Dataset]:
    """Return the examples that train: none of a picture that chooses for any task."""
    left_out = set().union(*(_keys(datasets[name], part) for name, part in choosing.items()))
    return {name: datasets[name].where(~_is_in(datasets[name], left_out)) for name in choosing}


def _spared(task: Task, dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return the part that the hashes name without what the task needs to be trained, and what that is."""
    encoded = task.encode(dataset.labels)
    counted = task.example_weights(encoded) > 0
    by_hash = held_out(dataset.hashes, HELD_OUT_SHARE, word=1) & counted
    part = without_scarce(by_hash, task.labelled(encoded) & counted[:, None])
    if not (counted & ~part).any():
        part = np.zeros_like(part)
    return part, by_hash & ~part


def _keys(dataset: Dataset, part: np.ndarray) -> set[bytes]:
    return {row.tobytes() for row in dataset.hashes[part]}


def _is_in(dataset: Dataset, keys: set[bytes]) -> np.ndarray:
    return np.array([row.tobytes() in keys for row in dataset.hashes], bool)
