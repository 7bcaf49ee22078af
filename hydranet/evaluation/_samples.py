"""What a head was trained on, in a few pictures: some of each class, and the views that augmentation makes of one."""

from dataclasses import dataclass

import numpy as np

from hydranet.data import Picture, Reader, Wanted, change_view
from hydranet.errors import DataError
from hydranet.evaluation._assess import Assessment
from hydranet.runs import Run


@dataclass(frozen=True)
class Sample:
    """A training picture.

    Args:
        label: as the source has it.
        picture: where it comes from.
        hash: uint64 `(2,)`, the identity of its content.
        image: float32 `(height, width, 3)`, values in [0, 255]: as the backbone gets it.
    """

    label: str
    picture: Picture
    hash: np.ndarray
    image: np.ndarray


def class_samples(run: Run, assessment: Assessment, per_class: int, most_classes: int) -> list[Sample]:
    """Return training pictures of a task, class by class, spread evenly over classes and over each one's pictures.

    A class is a label as the source has it, so that of a multi-label task a combination counts as one, and of a
    regression a number; numbers are in their order. Pictures that can't be read are passed over.

    Args:
        run: whose backbone says how large the pictures are.
        assessment: of the task.
        per_class: how many pictures of each class there are at most.
        most_classes: of how many classes there are pictures at most.
    """
    dataset = assessment.splits["train"]
    labels = np.array(dataset.labels)
    classes = sorted(set(dataset.labels), key=_by_number)
    rows: list[int] = []
    for label in (classes[place] for place in _spread(len(classes), most_classes)):
        of_class = np.flatnonzero(labels == label).tolist()
        rows += [of_class[place] for place in _spread(len(of_class), per_class)]
    wanted = [Wanted(dataset.pictures[row], dataset.hashes[row]) for row in rows]
    with Reader(run.model.backbone.image_shape[:2]) as reader:
        # A report of a finished run does not fail for want of an illustration.
        outcomes = list(reader.try_read(wanted, errors=DataError))
    return [
        Sample(dataset.labels[row], dataset.pictures[row], dataset.hashes[row], outcome[0])
        for row, outcome in zip(rows, outcomes, strict=True)
        if isinstance(outcome, list)
    ]


def augmented(run: Run, sample: Sample, limit: int) -> list[np.ndarray]:
    """Return a picture as it is and, if the run has augmentation, the views of it that the training saw.

    Args:
        run: whose augmentation and seed make the views.
        sample: the picture.
        limit: the most pictures to return, at least 1.

    Returns:
        float32 `(height, width, 3)` each, values in [0, 255].
    """
    augmentation, seed = run.experiment.augmentation, run.experiment.seed
    views = range(min(limit, augmentation.views))
    return [change_view(sample.image, sample.hash.tobytes(), view, augmentation, seed) for view in views]


def _spread(count: int, limit: int) -> list[int]:
    """Return at most `limit` places out of `count`, evenly spaced, the first among them."""
    chosen = min(count, limit)
    return [place * count // chosen for place in range(chosen)]


def _by_number(label: str) -> tuple[float, str]:
    try:
        return float(label), ""
    except ValueError:
        return float("inf"), label
