"""The training pictures of several tasks as one table: each picture once, with the label of every task that has one."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from hydranet.data import Dataset, Picture, Plan
from hydranet.tasks import Task


class JointRows:
    """Rows of a mixture: a picture stands under the first task that lists it, and carries the labels of all.

    Args:
        tasks: by name, with their classes known.
        datasets: the training examples of each task.

    Attributes:
        pictures: all, not read yet.
        hashes: uint64 `(num_rows, 2)`, of their content.
        sizes: how many rows stand under each task.
        labels: of each task, as it encodes them: `(num_rows, ...)`; 0 where there is none.
        weights: of each example in its task's loss: float32 `(num_rows,)`; 0 where there is no label.
    """

    def __init__(self, tasks: Mapping[str, Task], datasets: Mapping[str, Dataset]) -> None:
        self.pictures: list[Picture] = []
        self.sizes: dict[str, int] = {}
        rows: dict[bytes, int] = {}
        for name in tasks:
            before = len(self.pictures)
            for picture, content_hash in zip(datasets[name].pictures, datasets[name].hashes, strict=True):
                if rows.setdefault(content_hash.tobytes(), len(self.pictures)) == len(self.pictures):
                    self.pictures.append(picture)
            self.sizes[name] = len(self.pictures) - before
        self.hashes = np.frombuffer(b"".join(rows), np.uint64).reshape(-1, 2)
        self.labels: dict[str, np.ndarray] = {}
        self.weights: dict[str, np.ndarray] = {}
        for name, task in tasks.items():
            encoded = task.encode(datasets[name].labels)
            places = [rows[content_hash.tobytes()] for content_hash in datasets[name].hashes]
            self.labels[name] = np.zeros((len(self.pictures), *encoded.shape[1:]), encoded.dtype)
            self.labels[name][places] = encoded
            self.weights[name] = np.zeros(len(self.pictures), np.float32)
            self.weights[name][places] = task.example_weights(encoded)
        self._starts = dict(zip(self.sizes, np.cumsum([0, *self.sizes.values()]).tolist(), strict=False))

    def __len__(self) -> int:
        return len(self.pictures)

    def rows(self, plan: Plan, sources: Sequence[str]) -> np.ndarray:
        """Return which rows a plan of a mixture of `sources` means: int64 `(batch,)`."""
        starts = np.array([self._starts[name] for name in sources])
        chosen: np.ndarray = starts[plan.source] + plan.row
        return chosen

    def sources_with_labels(self, tasks: Iterable[str]) -> list[str]:
        """Return under which tasks there stand rows that are labelled for any of `tasks`."""
        labelled = np.any([self.weights[name] > 0 for name in tasks], axis=0)
        return [
            name for name, start in self._starts.items() if labelled[start : start + self.sizes[name]].any()
        ]
