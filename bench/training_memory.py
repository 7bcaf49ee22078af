"""Train a linear head on rows of a store and print its loss: `python -m bench.training_memory STORE NUM_ROWS`."""

import json
import sys
from pathlib import Path

import numpy as np

SHAPE = (1280,)
CLASSES = tuple("abcdefghij")
ROWS_AT_ONCE = 1_000


def keys(num_rows: int) -> np.ndarray:
    """Return the keys of simulated pictures: uint64 `(num_rows, 2)`."""
    return np.random.default_rng(0).integers(0, 2**64, (num_rows, 2), np.uint64)


def write_store(folder: Path, num_rows: int) -> None:
    """Store random features of `num_rows` pictures."""
    from hydranet.training.features import FeatureSpace

    space, rng = FeatureSpace(folder, SHAPE), np.random.default_rng(1)
    for rows in np.split(keys(num_rows), range(ROWS_AT_ONCE, num_rows, ROWS_AT_ONCE)):
        space.append(rows, rng.random((len(rows), *SHAPE), np.float32))


def train(folder: Path, num_rows: int) -> float:
    """Train a head on the stored rows, with random labels, and return its training loss."""
    from hydranet import SingleLabel
    from hydranet.experiment import TrainingConfig
    from hydranet.training.evaluate import evaluate_head
    from hydranet.training.features import FeatureSpace
    from hydranet.training.fit_head import fit_head

    task = SingleLabel(name="simulated", classes=CLASSES)
    labels = np.random.default_rng(2).choice(CLASSES, num_rows).tolist()
    features = FeatureSpace(folder, SHAPE).features(keys(num_rows))
    head, _ = fit_head(task, [features], labels, keys(num_rows), TrainingConfig(l2=0.1))
    return evaluate_head(head, task, features, labels)["loss"]


if __name__ == "__main__":
    print(json.dumps({"loss": train(Path(sys.argv[1]), int(sys.argv[2]))}))
