"""Maps of classes as picture files."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from hydranet.commands._picture_files import paths_below
from hydranet.data import picture_size
from hydranet.errors import ConfigError
from hydranet.files import atomic_path
from hydranet.tasks import Prediction, Task, mask_image


def check_masks(tasks: Mapping[str, Task], asked: Sequence[str] | None) -> None:
    """Raise ConfigError if none of the tasks that are asked answers with a map of classes."""
    if not any(tasks[name].labels_are_maps and tasks[name].classes for name in asked or tasks):
        raise ConfigError(
            f"--masks: none of {', '.join(asked or tasks)} answers with a class at each pixel, as tasks of the kind "
            "segmentation do."
        )


def write_masks(
    folder: Path,
    tasks: Mapping[str, Task],
    pictures: Sequence[Path],
    predictions: Sequence[Mapping[str, Prediction | None]],
) -> int:
    """Write each map of classes as `FOLDER/TASK/PICTURE.png`, and return how many.

    A file has the size of its picture, and at each pixel the index of a class, in a colour for each. Below the
    folder of a task, files lie as the pictures do below the folder that all are in.
    """
    count = 0
    for picture, path, answers in zip(pictures, paths_below(Path(), pictures), predictions, strict=True):
        for name, answer in answers.items():
            if answer is not None and answer.map is not None and tasks[name].classes:
                _write(folder / name / path, answer.map, picture_size(picture), len(tasks[name].classes))
                count += 1
    return count


def _write(path: Path, indices: np.ndarray, size: tuple[int, int], num_classes: int) -> None:
    from PIL import Image

    mask = mask_image(indices, num_classes).resize(size, Image.Resampling.NEAREST)
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        mask.save(temporary, "PNG")
