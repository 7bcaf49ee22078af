"""How much a benchmark measures: a little by default, everything with `HYDRANET_BENCH=full`."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Counts and sizes of all benchmarks; `rounds` are those of alternating measurements."""

    rounds: int
    image_sizes: tuple[int, ...]
    batch_sizes: tuple[int, ...]
    num_heads: tuple[int, ...]
    num_heads_in_memory: tuple[int, ...]
    backbone_arguments: dict[str, float]
    training_image_size: int
    training_rounds: int
    epochs: int
    unfrozen: tuple[str, ...]
    fine_tuning_steps: int
    fine_tuning_rounds: int
    num_pictures: int
    inference_rounds: int
    num_clients: int
    server_seconds: float
    soak_seconds: int
    num_drawings: tuple[int, int]  # of each class, to train on and to validate
    replicas: tuple[int, ...]
    distributed_pictures: int
    distributed_unfreeze: str
    distributed_rounds: int
    num_small_jpegs: int
    num_large_jpegs: int
    large_jpeg: tuple[int, int]  # width and height
    input_rounds: int
    growth: dict[str, tuple[int, ...]]
    growth_rows: int
    growth_backbone: tuple[str, float]  # its name and its alpha
    shots: tuple[int, ...]  # pictures of each class
    draws: int
    unequal_draws: int
    tuning_seeds: int
    recipe_epochs: tuple[int, int]
    domain_pictures: int
    domain_seeds: int
    window: tuple[int, int]  # steps and cameras


SMOKE = Size(
    rounds=3,
    image_sizes=(64,),
    batch_sizes=(4,),
    num_heads=(3, 48),
    num_heads_in_memory=(1,),
    backbone_arguments={"alpha": 0.35},
    training_image_size=64,
    training_rounds=1,
    epochs=1,
    unfrozen=("2 blocks",),
    fine_tuning_steps=2,
    fine_tuning_rounds=1,
    num_pictures=12,
    inference_rounds=1,
    num_clients=4,
    server_seconds=1.0,
    soak_seconds=2,
    num_drawings=(4, 2),
    replicas=(1, 2),
    distributed_pictures=32,
    distributed_unfreeze="1 block",
    distributed_rounds=1,
    num_small_jpegs=8,
    num_large_jpegs=1,
    large_jpeg=(2000, 1500),
    input_rounds=1,
    growth={"pictures": (100, 1_000), "tasks": (1, 4), "classes": (2, 10)},
    growth_rows=200,
    growth_backbone=("MobileNet", 0.25),
    shots=(1, 2),
    draws=1,
    unequal_draws=1,
    tuning_seeds=1,
    recipe_epochs=(2, 1),
    domain_pictures=4,
    domain_seeds=1,
    window=(3, 2),
)
FULL = Size(
    rounds=6,
    image_sizes=(160, 224),
    batch_sizes=(1, 32),
    num_heads=(1, 3, 12, 48, 200, 1_000),
    num_heads_in_memory=(1, 3, 48, 200, 1_000),
    backbone_arguments={},
    training_image_size=160,
    training_rounds=2,
    epochs=10,
    unfrozen=("1 block", "2 blocks", "4 blocks", "8 blocks"),
    fine_tuning_steps=10,
    fine_tuning_rounds=4,
    num_pictures=192,
    inference_rounds=3,
    num_clients=64,
    server_seconds=5.0,
    soak_seconds=60,
    num_drawings=(60, 20),
    replicas=(1, 2, 4),
    distributed_pictures=1_024,
    distributed_unfreeze="2 blocks",
    distributed_rounds=2,
    num_small_jpegs=256,
    num_large_jpegs=8,
    large_jpeg=(4000, 3000),
    input_rounds=5,
    growth={
        "pictures": (1_000, 10_000, 100_000, 1_000_000),
        "tasks": (1, 10, 100, 1_000),
        "classes": (2, 10, 100, 1_000, 10_000),
    },
    growth_rows=2_000,
    growth_backbone=("MobileNetV2", 0.35),
    shots=(1, 2, 5, 10, 20),
    draws=10,
    unequal_draws=3,
    tuning_seeds=3,
    recipe_epochs=(20, 10),
    domain_pictures=300,
    domain_seeds=3,
    window=(16, 8),
)

IS_FULL = os.environ.get("HYDRANET_BENCH") == "full"
SIZE = FULL if IS_FULL else SMOKE
