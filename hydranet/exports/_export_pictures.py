"""The pictures that an export is checked, calibrated and measured on."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from hydranet.data import Dataset
from hydranet.errors import ConfigError, DataError
from hydranet.inference import (
    MOST_EXAMPLES,
    find_unlabelled,
    load_known_splits,
    sample_examples,
    spread,
    unlabelled,
)
from hydranet.tasks import Task


@dataclass(frozen=True)
class ExportPictures:
    """Pictures that have not been read yet.

    Args:
        check: on which the file must answer as the model does.
        calibration: which show int8 what ranges the activations have.
        validation: labelled ones by task name, on which accuracy is measured; none if there are no labels.
    """

    check: Dataset
    calibration: Dataset
    validation: dict[str, Dataset] = field(default_factory=dict)


def find_export_pictures(
    tasks: Iterable[Task],
    images: Iterable[str | os.PathLike[str]] | None,
    *,
    example_shape: tuple[int, ...],
    image_size: tuple[int, ...],
) -> ExportPictures:
    """Return the tasks' own pictures, or those in `images`, which follow each other where an example has several.

    Raises:
        ConfigError: no task has data, or the pictures are not where they were.
        DataError: `images` holds no picture.
    """
    if images is not None:
        given = spread(unlabelled(find_unlabelled(images, image_size), example_shape), MOST_EXAMPLES)
        return ExportPictures(given, given)
    try:
        splits = load_known_splits(tasks)
    except DataError as error:
        raise ConfigError(
            f"The pictures that the export is to be checked on can't be read: {error} Give some: --images PATH."
        ) from error
    return ExportPictures(
        sample_examples(splits.values(), "validation"),
        sample_examples(splits.values(), "train"),
        {name: each["validation"] for name, each in splits.items()},
    )
