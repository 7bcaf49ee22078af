"""Measure a FeatureStore with more and more pictures.

python -m hydranet_bench.growth.growing_pictures FOLDER COUNT…
"""

import shutil
import sys
from pathlib import Path

import numpy as np

from hydranet import SingleLabel
from hydranet.experiment import TrainingConfig
from hydranet.features._space import Features
from hydranet.training._fit_head import try_head
from hydranet.training._head_examples import HeadExamples
from hydranet_bench.growth.growth import Growth, print_growth
from hydranet_bench.growth.simulated import keys, open_store, write_store

CLASSES = tuple("abcdefghij")
SHUFFLED_ROWS = 10_000
BATCH_SIZE = 32


def measure(growth: Growth, folder: Path, num_pictures: int) -> None:
    """Measure what is done with the stored features of `num_pictures`, and remove them."""
    growth.begin(num_pictures)
    growth.measure("append", lambda: write_store(folder, num_pictures), disk=folder)
    known = keys(num_pictures)
    growth.measure("open", lambda: open_store(folder), repeat=True)
    features = growth.measure("look up all", lambda: open_store(folder).features(known), repeat=True)
    growth.measure("read all in order", lambda: read_in_order(features))
    growth.measure(f"read {SHUFFLED_ROWS:,} in any order", lambda: read_shuffled(features))
    growth.measure("train a head", lambda: train(features, known))
    shutil.rmtree(folder)


def read_in_order(features: Features) -> None:
    for _ in features.batches(1024):
        pass


def read_shuffled(features: Features) -> None:
    """Read as many rows whatever their number, in small batches, as heads that are not linear are trained."""
    order = np.random.default_rng(3).integers(0, len(features), SHUFFLED_ROWS)
    for start in range(0, SHUFFLED_ROWS, BATCH_SIZE):
        features.read(order[start : start + BATCH_SIZE])


def train(features: Features, known: np.ndarray) -> None:
    """Train a linear head with random labels."""
    labels = np.random.default_rng(2).choice(CLASSES, len(features)).tolist()
    task = SingleLabel(name="simulated", classes=CLASSES)
    try_head(task, HeadExamples.of(task, [features], labels, known), TrainingConfig(l2=0.1)).finish()


def main() -> None:
    folder, *counts = sys.argv[1:]
    print_growth(lambda growth, count: measure(growth, Path(folder) / "store", count), [*map(int, counts)])


if __name__ == "__main__":
    main()
