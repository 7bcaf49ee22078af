"""The training examples of several tasks as one table: each example once, with the label of every task that has one."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from hydranet.data import Dataset, Motions, Picture, Plan, ViewedLabels
from hydranet.tasks import Task


class JointRows:
    """Rows of a mixture: an example stands under the first task that lists it, and carries the labels of all.

    Args:
        tasks: by name, with their classes known.
        datasets: the training examples of each task.
        motions: how the views of a picture are moved, and labels with them; None if there is one view.

    Attributes:
        pictures: of all rows, one row's after those of another, not read yet.
        picture_hashes: uint64 `(num_rows, *example_shape, 2)`, of their content.
        sizes: how many rows stand under each task.
        labels: of each task, as it encodes them, for each view: `(num_rows, ...)`; 0 where there is none.
        weights: of each example in its task's loss: float32 `(num_rows,)`; 0 where there is no label.
    """

    def __init__(
        self,
        tasks: Mapping[str, Task],
        datasets: Mapping[str, Dataset],
        motions: Motions | None = None,
    ) -> None:
        self.pictures: list[Picture] = []
        self.sizes: dict[str, int] = {}
        rows: dict[bytes, int] = {}
        picture_hashes: list[np.ndarray] = []
        for name in tasks:
            dataset, before = datasets[name], len(rows)
            for row, content_hash in enumerate(dataset.hashes):
                if rows.setdefault(content_hash.tobytes(), len(rows)) == len(picture_hashes):
                    self.pictures += dataset.pictures_of(row)
                    picture_hashes.append(dataset.picture_hashes[row])
            self.sizes[name] = len(rows) - before
        example_shape = next(iter(datasets.values())).example_shape
        self.picture_hashes = np.array(picture_hashes, np.uint64).reshape(-1, *example_shape, 2)
        hashes = np.frombuffer(b"".join(rows), np.uint64).reshape(-1, 2)
        self.labels: dict[str, ViewedLabels] = {}
        self.weights: dict[str, np.ndarray] = {}
        for name, task in tasks.items():
            encoded = task.encode(datasets[name].labels)
            places = [rows[content_hash.tobytes()] for content_hash in datasets[name].hashes]
            labels = np.zeros((len(rows), *encoded.shape[1:]), encoded.dtype)
            labels[places] = encoded
            move = task.moved if task.labels_move else None
            self.labels[name] = ViewedLabels(labels, hashes, motions, move)
            self.weights[name] = np.zeros(len(rows), np.float32)
            self.weights[name][places] = task.example_weights(encoded)
        self._starts = dict(zip(self.sizes, np.cumsum([0, *self.sizes.values()]).tolist(), strict=False))

    def __len__(self) -> int:
        return len(self.picture_hashes)

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
