"""The three tasks' pictures: real ones at full size, a few built-in drawings as files at smoke size."""

from pathlib import Path

import pytest

from bench.sizes import IS_FULL
from hydranet import Drawings
from hydranet.data.sources import Source

TASKS = ("horse_human", "cats_dogs", "dog_breeds")


def find_pictures(assets: Path | None, folder: Path) -> dict[str, Path]:
    """Return a folder `train|validation/CLASS/*` for each task, made below `folder` at smoke size."""
    if not IS_FULL:
        return {task: _draw(Drawings(task, num_train=4, num_validation=2), folder / task) for task in TASKS}
    if assets is None:
        pytest.skip("the full size needs real pictures: set HYDRANET_TEST_ASSETS")
    return {task: assets / "data" / task for task in TASKS}


def _draw(source: Source, folder: Path) -> Path:
    for split, examples in source.load().items():
        for number, example in enumerate(examples):
            example.picture.save(folder / split / example.label / f"{number}.png")
    return folder
