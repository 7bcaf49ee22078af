"""What is wrong with the pictures themselves: few of a class, the same one twice, some that look too much alike."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from hydranet.data import Dataset
from hydranet.errors import DataError
from hydranet.evaluation._assess import Assessment
from hydranet.evaluation._labels import label_names
from hydranet.features import Features, Splits, joined_space
from hydranet.runs import Run
from hydranet.tasks import Task

# Of real photographs, pairs above it are one picture cropped, scaled or recoloured; those of other pictures of the
# same animal in the same pose, or of two animals in the same cage, lie below.
ALIKE = 0.9
# What is read and compared at a time.
_BLOCK_BYTES = 16 * 2**20
# Of so many training pictures the mean is taken.
_MEAN_ROWS = 1000


@dataclass(frozen=True)
class Twin:
    """One of several pictures that are the same, or nearly so.

    Args:
        of: the task that has it.
        split: of the task's data.
        dataset: that it is of.
        row: where in the dataset it stands.
    """

    of: Task
    split: str
    dataset: Dataset = field(compare=False)
    row: int

    @property
    def task(self) -> str:
        """The name of the task that has it."""
        return self.of.name

    @property
    def label(self) -> str:
        """What its label is called; see `label_names`."""
        [names] = label_names(self.of, [self.dataset.labels[self.row]])
        return "|".join(names)

    @property
    def truth(self) -> bytes:
        """The same exactly for labels that mean the same."""
        label = self.dataset.labels[self.row]
        try:
            return self.of.encode([label]).tobytes()
        except DataError:  # then it stands for itself
            return str(label).encode()

    @property
    def name(self) -> str:
        """What a message calls it: the paths of its pictures, mostly."""
        return self.dataset.name(self.row)

    @property
    def digest(self) -> bytes:
        """The same exactly for the same pictures."""
        return self.dataset.hashes[self.row].tobytes()


@dataclass(frozen=True)
class LookAlike:
    """Two pictures that are nearly the same.

    Args:
        first: a training picture.
        second: of the assessed split.
        similarity: the cosine of the angle between their features: 1 where they are the same.
    """

    first: Twin
    second: Twin
    similarity: float


def class_balance(task: Task, splits: Splits) -> dict[str, dict[str, int]]:
    """Return how many pictures each class has in each split: class → split → count; {} for a task without classes.

    A picture with several classes, such as one with a class for each pixel, counts for each.
    """
    balance: dict[str, dict[str, int]] = {}
    for split, dataset in splits.items() if task.classes else ():
        for names, count in Counter(label_names(task, dataset.labels)).items():
            for name in names:
                counts = balance.setdefault(name, dict.fromkeys(splits, 0))
                counts[split] += count
    return dict(sorted(balance.items()))


def exact_duplicates(assessments: Mapping[str, Assessment]) -> list[tuple[Twin, ...]]:
    """Return the pictures with the same content, of any kind of task: each group of them, the worst groups first.

    Those come first that `leaks` names, then those that `contradicts` does, then others that a task has twice, then
    those that different tasks have in different splits. A picture that several tasks have once each, all in the
    same split, is one picture with several labels, and none of them.
    """
    groups: dict[bytes, list[Twin]] = {}
    for assessment in assessments.values():
        for split, dataset in assessment.splits.items():
            for row in range(len(dataset)):
                twin = Twin(assessment.task, split, dataset, row)
                groups.setdefault(twin.digest, []).append(twin)
    twins = [tuple(group) for group in groups.values() if _is_twice(group)]
    return sorted(
        twins, key=lambda group: (not leaks(group), not contradicts(group), not _within_task(group))
    )


def leaks(twins: tuple[Twin, ...]) -> bool:
    """Return whether a task has a picture in training and in another split, so that its metrics are too good."""
    trained_on = {twin.task for twin in twins if twin.split == "train"}
    return any(twin.task in trained_on and twin.split != "train" for twin in twins)


def contradicts(twins: tuple[Twin, ...]) -> bool:
    """Return whether a task has a picture with two different labels."""
    return len({(twin.task, twin.truth) for twin in twins}) > len({twin.task for twin in twins})


def look_alikes(run: Run, assessments: Mapping[str, Assessment], limit: int) -> list[LookAlike]:
    """Return pictures of the assessed splits that nearly equal a training picture of the same task, most alike first.

    Works for any kind of task. Only features that the training has stored are compared, none is computed; exact
    duplicates are left out.

    Args:
        run: trained.
        assessments: by task name; those of the training split, and of heads that came trained, have none.
        limit: the most pictures to return; each comes once, with the training picture that it is most like.
    """
    spaces = {name: joined_space(run.model.trunk, run.experiment, name) for name in run.model.trunk.features}
    found = []
    for name, assessment in assessments.items():
        if assessment.split == "train" or not assessment.task.head.is_trained:
            continue
        training, feature = assessment.splits["train"], run.model.place(name).feature
        space = spaces.get(feature, next(iter(spaces.values())))  # at a cut the trunk has no other
        training = training.where(space.contains(training.picture_hashes))
        known = {row.tobytes() for row in training.hashes}
        is_new = np.array([row.tobytes() not in known for row in assessment.dataset.hashes], bool)
        assessed = assessment.dataset.where(is_new & space.contains(assessment.dataset.picture_hashes))
        if not len(training) or not len(assessed):
            continue
        rows, similarities = _nearest(
            space.features(training.picture_hashes), space.features(assessed.picture_hashes)
        )
        for place in np.flatnonzero(similarities >= ALIKE):
            first = Twin(assessment.task, "train", training, int(rows[place]))
            second = Twin(assessment.task, assessment.split, assessed, int(place))
            found.append(LookAlike(first, second, float(similarities[place])))
    return sorted(found, key=lambda pair: -pair.similarity)[:limit]


def _is_twice(twins: list[Twin]) -> bool:
    return _within_task(twins) or len({twin.split for twin in twins}) > 1


def _within_task(twins: list[Twin] | tuple[Twin, ...]) -> bool:
    return len({twin.task for twin in twins}) < len(twins)


def _nearest(training: Features, assessed: Features) -> tuple[np.ndarray, np.ndarray]:
    """Return the training row that each assessed one is most like, and the cosine of the two.

    What all pictures have in common, the mean, is taken away first: it alone would make them alike.
    """
    sample = np.unique(np.linspace(0, len(training) - 1, _MEAN_ROWS).astype(int))
    mean = np.concatenate([pooled for _, pooled in _pooled(training.select(sample))]).mean(axis=0)
    queries = np.concatenate([_unit(pooled - mean) for _, pooled in _pooled(assessed)])
    best = np.full(len(queries), -1.0, np.float32)
    rows = np.zeros(len(queries), np.int64)
    for block, pooled in _pooled(training, most_rows=_BLOCK_BYTES // (4 * len(queries))):
        cosines = queries @ _unit(pooled - mean).T
        nearest = cosines.argmax(axis=1)
        here = np.take_along_axis(cosines, nearest[:, None], axis=1)[:, 0]
        rows = np.where(here > best, block.start + nearest, rows)
        best = np.maximum(here, best)
    return rows, best


def _pooled(features: Features, most_rows: int = 1024) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield features in blocks, feature maps as their mean over the picture: float32 `(num_rows, num_channels)`."""
    row_bytes = 4 * int(np.prod(features.shape))
    for rows, values in features.batches(max(min(most_rows, _BLOCK_BYTES // row_bytes), 1)):
        yield rows, values.reshape(len(values), -1, values.shape[-1]).mean(axis=1)


def _unit(rows: np.ndarray) -> np.ndarray:
    """Return rows of length 1; one of zeros stays as it is."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: np.ndarray = rows / np.maximum(length, np.finfo(np.float32).tiny)
    return unit
