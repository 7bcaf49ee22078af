"""The three tasks' pictures and their config: real photographs at full size, else built-in drawings as files."""

from pathlib import Path

from hydranet import Drawings
from hydranet.data import Source
from hydranet_bench.sizes import IS_FULL, SIZE

TASKS = ("horse_human", "cats_dogs", "dog_breeds")

_CONFIG = f"backbone: {{name: MobileNetV2, image_size: 160}}\ntasks: {{{': , '.join(TASKS)}: }}\n"


def find_pictures(assets: Path | None, folder: Path) -> dict[str, Path]:
    """Return a folder `train|validation/CLASS/*` for each task; drawings are made below `folder`."""
    if IS_FULL and assets:
        return {task: assets / "data" / task for task in TASKS}
    num_train, num_validation = SIZE.num_drawings
    return {task: _draw(Drawings(task, num_train, num_validation), folder / task) for task in TASKS}


def write_config(folder: Path) -> Path:
    """Write the config of the three tasks, as a user would, and return its path."""
    path = folder / "animals.yaml"
    path.write_text(_CONFIG, encoding="utf-8")
    return path


def _draw(source: Source, folder: Path) -> Path:
    for split, examples in source.load().items():
        for number, example in enumerate(examples):
            example.pictures.save(folder / split / example.label / f"{number}.png")
    return folder
