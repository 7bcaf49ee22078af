"""What labels are called, whatever a source has them as: texts, sets, maps over the picture."""

from collections.abc import Sequence
from typing import Any

from hydranet.errors import DataError
from hydranet.tasks import Task

# Maps are encoded a few at a time.
_AT_ONCE = 256


def label_names(task: Task, labels: Sequence[Any]) -> list[tuple[str, ...]]:
    """Return what each label is called: the classes that it names; of a task without classes the text that it is.

    A label that the task does not know stands for itself; a map without classes has no name.
    """
    if not task.classes:
        return [() if task.labels_are_maps else (str(label),) for label in labels]
    starts = range(0, len(labels), _AT_ONCE)
    return [names for start in starts for names in _classes(task, labels[start : start + _AT_ONCE])]


def _classes(task: Task, labels: Sequence[Any]) -> list[tuple[str, ...]]:
    try:
        named = task.labelled(task.encode(labels))
    except DataError:
        if len(labels) == 1:
            return [(str(labels[0]),)]
        return [names for label in labels for names in _classes(task, [label])]
    return [
        tuple(name for name, is_named in zip(task.classes, row, strict=True) if is_named)
        for row in named.tolist()
    ]
