"""Stored features of simulated pictures, and a backbone with as many that costs little."""

from pathlib import Path

import numpy as np

from hydranet import Application, Trunk
from hydranet.features._space import FeatureSpace
from hydranet_bench.sizes import IS_FULL, SIZE

IMAGE_SIZE = 32
SHAPE = (1280,) if IS_FULL else (256,)  # of `small_trunk`
# About as many as an extraction writes at once.
_CHUNK_ROWS = 1_000


def keys(num_rows: int) -> np.ndarray:
    """Return the keys of simulated pictures: uint64 `(num_rows, 2)`."""
    return np.random.default_rng(0).integers(0, 2**64, (num_rows, 2), np.uint64)


def open_store(folder: Path) -> FeatureSpace:
    """Return the features that `write_store` has written, in float16, which takes half the disk."""
    return FeatureSpace(folder, SHAPE, "float16")


def write_store(folder: Path, num_rows: int) -> None:
    """Store the features of `num_rows` pictures: one random block, turned a little for each chunk."""
    space = open_store(folder)
    block = np.random.default_rng(1).random((_CHUNK_ROWS, *SHAPE), np.float32).astype(np.float16)
    for number, rows in enumerate(np.split(keys(num_rows), range(_CHUNK_ROWS, num_rows, _CHUNK_ROWS))):
        space.append(rows, np.roll(block, number, axis=1)[: len(rows)])


def small_trunk() -> Trunk:
    """Return a network beside which heads weigh much."""
    name, alpha = SIZE.growth_backbone
    return Trunk(Application(name, image_size=IMAGE_SIZE, weights="random", arguments={"alpha": alpha}))
