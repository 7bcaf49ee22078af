"""What the systems that hydranet is compared with share: arguments, folders of pictures, times and what is printed."""

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


def read_arguments(add: Callable[[argparse.ArgumentParser], object] | None = None) -> argparse.Namespace:
    """Return what to train on; `data` is a folder by task, with `train/CLASS/*` and `validation/CLASS/*`.

    Args:
        add: gives the parser an argument more.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", metavar="TASK=PATH", action="append", required=True)
    parser.add_argument("--weights", metavar="PATH", required=True)
    parser.add_argument("--image-size", type=int, default=160)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--models", metavar="FOLDER", type=Path, help="where to save what is trained")
    if add is not None:
        add(parser)
    options = parser.parse_args()
    options.data = dict(text.split("=", 1) for text in options.data)
    return options


def find_classes(folder: str) -> list[str]:
    """Return the names of a task's classes, in the order of their numbers."""
    return sorted(path.name for path in Path(folder, "train").iterdir())


def find_examples(folder: str, split: str) -> tuple[list[str], list[int]]:
    """Return the paths of a split's pictures and the numbers of their classes."""
    found = [
        (str(path), number)
        for number, name in enumerate(find_classes(folder))
        for path in sorted(Path(folder, split, name).iterdir())
    ]
    paths, labels = zip(*found, strict=True)
    return list(paths), list(labels)


class Stages:
    """How long the parts of a job took, and its result."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Add the time of a block to a stage."""
        start = time.perf_counter()
        yield
        self.seconds[stage] = round(self.seconds.get(stage, 0) + time.perf_counter() - start, 2)

    def report(self, accuracies: dict[str, float]) -> None:
        """Print the times, and each task's accuracy on its validation pictures, as JSON."""
        tasks = {task: {"accuracy": accuracy} for task, accuracy in accuracies.items()}
        print(json.dumps({"seconds": self.seconds, "tasks": tasks}))


def save_settings(folder: Path | None, image_size: int, classes: dict[str, Sequence[str]]) -> None:
    """Write what is needed besides the models to predict with them."""
    if folder is not None:
        (folder / "settings.json").write_text(json.dumps({"image_size": image_size, "classes": classes}))


def load_settings(folder: Path) -> tuple[int, dict[str, list[str]]]:
    """Return the size of the pictures, and the names of each task's classes."""
    settings = json.loads((folder / "settings.json").read_text())
    return settings["image_size"], settings["classes"]
