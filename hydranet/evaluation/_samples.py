"""What a head was trained on, in a few pictures: some of each class, and the views that augmentation makes of one."""

from dataclasses import dataclass, replace

import numpy as np

from hydranet.data import Dataset, Motions, Reader, change_view, read_examples
from hydranet.errors import DataError
from hydranet.evaluation._assess import Assessment
from hydranet.evaluation._labels import label_names
from hydranet.runs import Run
from hydranet.tasks import Task

# Of one example.
_MOST_PICTURES = 8


@dataclass(frozen=True)
class Sample:
    """A training example.

    Args:
        label: what it is called; see `label_names`.
        example: the one row of a dataset.
        images: float32 `(*example_shape, height, width, 3)`, values in [0, 255]: as the backbone gets them.
        task: that it was trained on.
        encoded: its label as `Task.encode` gives it; None of one that the task does not know.
    """

    label: str
    example: Dataset
    images: np.ndarray
    task: Task
    encoded: np.ndarray | None

    @property
    def target(self) -> np.ndarray | None:
        """What `Task.targets` gives of its label: float32 `output_shape`; None of one that the task does not know."""
        return None if self.encoded is None else self.task.targets(self.encoded[None])[0]


def class_samples(run: Run, assessment: Assessment, per_class: int, most_classes: int) -> list[Sample]:
    """Return training examples of a task, class by class, spread evenly over classes and over each one's examples.

    A class is what a label is called, so that of a multi-label task a combination counts as one, and of a regression
    a number; numbers are in their order. Those that can't be read are passed over; a run that reads no pictures has
    none. Of an example of many pictures there are some, from the first to the last.

    Args:
        run: whose backbone says how large the pictures are.
        assessment: of the task.
        per_class: how many examples of each class there are at most.
        most_classes: of how many classes there are examples at most.
    """
    if len(run.model.trunk.image_size) != 2:
        return []
    dataset = assessment.splits["train"].thinned(_MOST_PICTURES)
    labels = np.array(["|".join(names) for names in label_names(assessment.task, dataset.labels)])
    classes = sorted(set(labels.tolist()), key=_by_number)
    rows: list[int] = []
    for label in (classes[place] for place in _spread(len(classes), most_classes)):
        of_class = np.flatnonzero(labels == label).tolist()
        rows += [of_class[place] for place in _spread(len(of_class), per_class)]
    with Reader(run.model.trunk.image_size) as reader:
        # A report of a finished run does not fail for want of an illustration.
        outcomes = list(read_examples(reader, dataset, rows, errors=DataError))
    return [
        _sample(assessment.task, str(labels[row]), dataset.select(np.array([row])), outcome)
        for row, outcome in zip(rows, outcomes, strict=True)
        if isinstance(outcome, np.ndarray)
    ]


def augmented(run: Run, sample: Sample, limit: int) -> list[Sample]:
    """Return an example as it is and, if the run has augmentation, the views of it that the training saw.

    Args:
        run: whose augmentation and seed make the views.
        sample: the example.
        limit: the most views to return, at least 1.

    Returns:
        the sample with the pictures of each view; a label that says where something is has moved with them.
    """
    augmentation, seed = run.experiment.augmentation, run.experiment.seed
    images = sample.images.reshape(-1, *sample.images.shape[-3:])
    hashes = [row.tobytes() for row in sample.example.picture_hashes.reshape(-1, 2)]
    height, width = images.shape[1:3]
    motions, views = Motions((height, width), augmentation, seed), []
    for view in range(min(limit, augmentation.views)):
        changed = [
            change_view(image, image_hash, view, augmentation, seed)
            for image, image_hash in zip(images, hashes, strict=True)
        ]
        moved = sample.encoded
        if moved is not None:
            moved = sample.task.moved(moved, motions.of(sample.example.hashes[0].tobytes(), view))
        views.append(replace(sample, images=np.stack(changed).reshape(sample.images.shape), encoded=moved))
    return views


def _sample(task: Task, label: str, example: Dataset, images: np.ndarray) -> Sample:
    try:
        [encoded] = task.encode(example.labels)
    except DataError:
        encoded = None
    return Sample(label, example, images, task, encoded)


def _spread(count: int, limit: int) -> list[int]:
    """Return at most `limit` places out of `count`, evenly spaced, the first among them."""
    chosen = min(count, limit)
    return [place * count // chosen for place in range(chosen)]


def _by_number(label: str) -> tuple[float, str]:
    try:
        return float(label), ""
    except ValueError:
        return float("inf"), label
