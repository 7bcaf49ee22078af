"""Which examples validate, where no validation split is given: decided by the content of their pictures alone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from hydranet.naming import listed

# The share of the training pictures that becomes the validation split where none is given.
VALIDATION_SHARE = 0.2
# The share of the training pictures that chooses a penalty, or when to stop.
HELD_OUT_SHARE = 0.2
# What is best with one example of a class says little about what is best with two.
_FEWEST_OTHERS = 2

# The classes that a label names.
ClassesOf = Callable[[Any], Iterable[str]]


def no_classes(label: Any) -> tuple[str, ...]:
    """Return no classes for any label, as of a number."""
    return ()


def held_out(hashes: np.ndarray, share: float, *, word: int) -> np.ndarray:
    """Return which pictures belong to a part of about `share` of all: bool `(num_examples,)`.

    Args:
        hashes: uint64 `(num_examples, 2)`.
        share: in [0, 1].
        word: 0 or 1; the two give independent divisions.
    """
    return hashes[:, word] / 2.0**64 < share


def without_scarce(part: np.ndarray, labelled: np.ndarray) -> np.ndarray:
    """Return a part without the examples of a class of which fewer than two examples outside of it are left.

    Args:
        part: bool `(num_examples,)`.
        labelled: which classes each example shows: bool `(num_examples, num_classes)`.
    """
    scarce = labelled[~part].sum(axis=0) < _FEWEST_OTHERS
    judged: np.ndarray = part & ~(labelled & scarce).any(axis=1)
    return judged


def validating(hashes: np.ndarray, labels: Sequence[Any], classes_of: ClassesOf = no_classes) -> np.ndarray:
    """Return which examples validate: those held out by their hash, and at least one of every class that has two.

    A class that the hashes leave without an example on one side gets the one whose hash is nearest to the border. So an
    example that is added moves no other but that one, and identical ones stay together.

    Args:
        hashes: uint64 `(num_examples, 2)`.
        labels: one for each example.
        classes_of: gives the classes that a label names.

    Returns:
        bool `(num_examples,)`.
    """
    keys, which = np.unique(hashes, axis=0, return_inverse=True)
    which = which.reshape(-1)
    members: dict[str, set[int]] = {
        "": set(range(len(keys)))
    }  # all of them are a class too: no side may be empty
    for key, label in zip(which.tolist(), labels, strict=True):
        for name in classes_of(label):
            members.setdefault(f"class {name}", set()).add(key)
    sides = held_out(keys, VALIDATION_SHARE, word=0)
    for name in sorted(members, key=lambda name: (len(members[name]), name)):
        _put_on_both_sides(members[name], list(members.values()), keys[:, 0], sides)
    chosen: np.ndarray = sides[which]
    return chosen


def _put_on_both_sides(
    members: set[int], others: Sequence[set[int]], order: np.ndarray, sides: np.ndarray
) -> None:
    """Move one member of a class that has all on one side, unless another class would lose its last one there."""
    there = {bool(sides[key]) for key in members}
    if len(members) < 2 or len(there) == 2:
        return
    [side] = there
    for key in sorted(members, key=lambda key: int(order[key]), reverse=side):
        needed = any(
            key in other and other is not members and sum(bool(sides[each]) == side for each in other) == 1
            for other in others
        )
        if not needed:
            sides[key] = not side
            return


def unmeasured_notes(labels: Mapping[str, Sequence[Any]], classes_of: ClassesOf) -> list[str]:
    """Say of which trained classes another split has no example, so that no figure is about them.

    Args:
        labels: by split.
        classes_of: gives the classes that a label names.
    """
    classes = {
        split: {name for label in each for name in classes_of(label)} for split, each in labels.items()
    }
    missing = {
        split: sorted(classes["train"] - found) for split, found in classes.items() if split != "train"
    }
    return [
        f"The {split} split has no example of {len(names)} of {len(classes['train'])} classes, so that nothing is "
        f"measured on {listed(names)}."
        for split, names in missing.items()
        if names
    ]
