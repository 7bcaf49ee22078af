"""What a head was trained on, in a few pictures: some of each class, and the views that augmentation makes of one."""

from dataclasses import dataclass

import numpy as np

from hydranet.data import Dataset, Reader, change_view, read_examples
from hydranet.errors import DataError
from hydranet.evaluation._assess import Assessment
from hydranet.runs import Run


@dataclass(frozen=True)
class Sample:
    """A training example.

    Args:
        label: as the source has it.
        example: the one row of a dataset.
        images: float32 `(*example_shape, height, width, 3)`, values in [0, 255]: as the backbone gets them.
    """

    label: str
    example: Dataset
    images: np.ndarray


def class_samples(run: Run, assessment: Assessment, per_class: int, most_classes: int) -> list[Sample]:
    """Return training examples of a task, class by class, spread evenly over classes and over each one's examples.

    A class is a label as the source has it, so that of a multi-label task a combination counts as one, and of a
    regression a number; numbers are in their order. Those that can't be read are passed over.

    Args:
        run: whose backbone says how large the pictures are.
        assessment: of the task.
        per_class: how many examples of each class there are at most.
        most_classes: of how many classes there are examples at most.
    """
    dataset = assessment.splits["train"]
    labels = np.array(dataset.labels)
    classes = sorted(set(dataset.labels), key=_by_number)
    rows: list[int] = []
    for label in (classes[place] for place in _spread(len(classes), most_classes)):
        of_class = np.flatnonzero(labels == label).tolist()
        rows += [of_class[place] for place in _spread(len(of_class), per_class)]
    with Reader(run.model.trunk.image_shape[:2]) as reader:
        # A report of a finished run does not fail for want of an illustration.
        outcomes = list(read_examples(reader, dataset, rows, errors=DataError))
    return [
        Sample(dataset.labels[row], dataset.select(np.array([row])), outcome)
        for row, outcome in zip(rows, outcomes, strict=True)
        if isinstance(outcome, np.ndarray)
    ]


def augmented(run: Run, sample: Sample, limit: int) -> list[np.ndarray]:
    """Return an example as it is and, if the run has augmentation, the views of it that the training saw.

    Args:
        run: whose augmentation and seed make the views.
        sample: the example.
        limit: the most views to return, at least 1.

    Returns:
        float32 `(*example_shape, height, width, 3)` each, values in [0, 255].
    """
    augmentation, seed = run.experiment.augmentation, run.experiment.seed
    images = sample.images.reshape(-1, *sample.images.shape[-3:])
    hashes = [row.tobytes() for row in sample.example.picture_hashes.reshape(-1, 2)]
    return [
        np.stack(
            [
                change_view(image, image_hash, view, augmentation, seed)
                for image, image_hash in zip(images, hashes, strict=True)
            ]
        ).reshape(sample.images.shape)
        for view in range(min(limit, augmentation.views))
    ]


def _spread(count: int, limit: int) -> list[int]:
    """Return at most `limit` places out of `count`, evenly spaced, the first among them."""
    chosen = min(count, limit)
    return [place * count // chosen for place in range(chosen)]


def _by_number(label: str) -> tuple[float, str]:
    try:
        return float(label), ""
    except ValueError:
        return float("inf"), label
