"""Streams of some cameras, made of real pictures: at some step a camera's pictures change from cats to dogs, or back.

    python -m hydranet_bench.streaming.cameras CATS_DOGS TABLE.csv

`CATS_DOGS/train|validation/cats|dogs/*.jpg` are the pictures: those to train on are divided between `train` and
`validation` of the table, and the others are its `test`. A row has 16 steps of 8 cameras, `step_0_camera_0` and so on,
and what is asked of each camera: what it shows at first and at last, what it turns to, what it shows more often, all
in all and in the second half, and how often it shows dogs.
"""

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

NUM_STEPS, NUM_CAMERAS = 16, 8
CLASSES = ("cats", "dogs")
QUESTIONS = ("first", "last", "turns", "majority", "later", "num_dogs")
# Examples of each split, and the share of the pictures to train on that belong to it.
_COUNTS = {"train": 1000, "validation": 100, "test": 200}
_SHARE_OF_TRAIN = 0.8


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pictures", type=Path)
    parser.add_argument("table", type=Path)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    images = [f"step_{step}_camera_{camera}" for step in range(NUM_STEPS) for camera in range(NUM_CAMERAS)]
    asked = [f"{question}_{camera}" for camera in range(NUM_CAMERAS) for question in QUESTIONS]
    with options.table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*images, *asked, "split"])
        for split, pictures in _divided(options.pictures.resolve()).items():
            for _ in range(_COUNTS[split]):
                writer.writerow([*_row(pictures, rng), split])


def _divided(folder: Path) -> dict[str, list[list[Path]]]:
    """Return the pictures of each class by split."""
    train, test = (
        [sorted((folder / split / name).glob("*.jpg")) for name in CLASSES]
        for split in ("train", "validation")
    )
    ends = [int(_SHARE_OF_TRAIN * len(paths)) for paths in train]
    return {
        "train": [paths[:end] for paths, end in zip(train, ends, strict=True)],
        "validation": [paths[end:] for paths, end in zip(train, ends, strict=True)],
        "test": test,
    }


def _row(pictures: list[list[Path]], rng: np.random.Generator) -> Iterator[object]:
    shown = np.array([_shown(rng) for _ in range(NUM_CAMERAS)])
    for classes in shown.T:
        yield from (str(rng.choice(pictures[each])) for each in classes)  # type: ignore[arg-type]
    for classes in shown:
        yield from _answers(classes)


def _shown(rng: np.random.Generator) -> np.ndarray:
    """Return which class a camera shows at each step: in one of three streams it never turns."""
    before = int(rng.integers(2))
    turning = int(rng.integers(1, NUM_STEPS)) if rng.random() < 2 / 3 else NUM_STEPS
    return np.where(np.arange(NUM_STEPS) < turning, before, 1 - before)


def _answers(classes: np.ndarray) -> Iterator[object]:
    num_dogs, turns = int(classes.sum()), classes[0] != classes[-1]
    yield CLASSES[classes[0]]
    yield CLASSES[classes[-1]]
    yield f"to {CLASSES[classes[-1]]}" if turns else "never"
    yield _more_often(classes)
    yield _more_often(classes[NUM_STEPS // 2 :])
    yield num_dogs


def _more_often(classes: np.ndarray) -> str:
    """Return the class that is shown more often; no label where both are as often."""
    return "" if 2 * classes.sum() == len(classes) else CLASSES[int(2 * classes.sum() > len(classes))]


if __name__ == "__main__":
    main()
