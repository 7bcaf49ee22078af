"""Measure a head with more and more classes.

python -m hydranet_bench.growth.growing_classes FOLDER NUM_ROWS COUNT…
"""

import sys
from pathlib import Path

import numpy as np

from hydranet import HydraNet, Predictor, SingleLabel, Trunk
from hydranet.experiment import TrainingConfig
from hydranet.training._fit_head import try_head
from hydranet.training._head_examples import HeadExamples
from hydranet_bench.growth.growth import Growth, print_growth
from hydranet_bench.growth.simulated import IMAGE_SIZE, keys, open_store, small_trunk, write_store


def measure(growth: Growth, folder: Path, trunk: Trunk, num_rows: int, num_classes: int) -> None:
    """Measure one linear head of `num_classes`, trained on `num_rows` stored pictures."""
    path, known = folder / f"{num_classes}.keras", keys(num_rows)
    task = SingleLabel(name="simulated", classes=tuple(f"class_{number}" for number in range(num_classes)))
    labels = [task.classes[number % num_classes] for number in range(num_rows)]
    features = open_store(folder).features(known)
    picture = np.zeros((IMAGE_SIZE, IMAGE_SIZE, 3), np.uint8)
    growth.begin(num_classes)
    head, _ = growth.measure(
        "train",
        lambda: try_head(
            task, HeadExamples.of(task, [features], labels, known), TrainingConfig(l2=0.1)
        ).finish(),
    )
    model = HydraNet(trunk, [task], heads={task.name: head})
    growth.measure("save", lambda: model.save(path), disk=path)
    predictor = growth.measure("open a Predictor", lambda: Predictor(path))
    predictor.predict([picture])
    growth.measure("predict", lambda: predictor.predict([picture], top_k=5), repeat=True)
    path.unlink()


def main() -> None:
    folder, (num_rows, *counts) = Path(sys.argv[1]), map(int, sys.argv[2:])
    write_store(folder, num_rows)
    trunk = small_trunk()
    print_growth(lambda growth, count: measure(growth, folder, trunk, num_rows, count), counts)


if __name__ == "__main__":
    main()
