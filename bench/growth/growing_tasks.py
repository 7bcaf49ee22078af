"""Measure a model with more and more tasks.

python -m hydranet_bench.growth.growing_tasks FOLDER COUNT…
"""

import sys
from pathlib import Path

import numpy as np

from hydranet import HydraNet, Predictor, SingleLabel, Trunk
from hydranet_bench.growth.growth import Growth, print_growth
from hydranet_bench.growth.simulated import IMAGE_SIZE, small_trunk

CLASSES = tuple("abcdefghij")


def measure(growth: Growth, folder: Path, trunk: Trunk, num_tasks: int) -> None:
    """Measure what is done with a model of `num_tasks` linear heads of ten classes, on a small backbone."""
    path = folder / f"{num_tasks}.keras"
    tasks = [SingleLabel(name=f"task_{number}", classes=CLASSES) for number in range(num_tasks)]
    picture = np.zeros((IMAGE_SIZE, IMAGE_SIZE, 3), np.uint8)
    growth.begin(num_tasks)
    model = growth.measure("build", lambda: HydraNet(trunk, tasks))
    growth.measure("save", lambda: model.save(path), disk=path)
    growth.measure("load", lambda: HydraNet.load(path))
    predictor = growth.measure("open a Predictor", lambda: Predictor(path))
    predictor.predict([picture])
    growth.measure("predict", lambda: predictor.predict([picture]), repeat=True)
    path.unlink()


def main() -> None:
    folder, *counts = sys.argv[1:]
    trunk = small_trunk()
    print_growth(lambda growth, count: measure(growth, Path(folder), trunk, count), [*map(int, counts)])


if __name__ == "__main__":
    main()
