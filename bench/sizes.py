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
    num_rows: tuple[int, ...]
    unfrozen: tuple[str, ...]
    fine_tuning_steps: int
    fine_tuning_rounds: int
    num_pictures: int
    inference_rounds: int
    num_clients: int
    server_seconds: float
    soak_seconds: int


SMOKE = Size(
    rounds=3,
    image_sizes=(64,),
    batch_sizes=(1, 4),
    num_heads=(3, 48),
    num_heads_in_memory=(3,),
    backbone_arguments={"alpha": 0.35},
    training_image_size=64,
    training_rounds=1,
    epochs=1,
    num_rows=(1_000,),
    unfrozen=("2 blocks",),
    fine_tuning_steps=2,
    fine_tuning_rounds=1,
    num_pictures=12,
    inference_rounds=1,
    num_clients=4,
    server_seconds=1.0,
    soak_seconds=2,
)
FULL = Size(
    rounds=20,
    image_sizes=(160, 224),
    batch_sizes=(1, 32),
    num_heads=(1, 3, 12, 48, 200, 1_000),
    num_heads_in_memory=(1, 3, 12, 48, 200, 1_000),
    backbone_arguments={},
    training_image_size=160,
    training_rounds=3,
    epochs=10,
    num_rows=(10_000, 50_000, 100_000, 500_000),
    unfrozen=("1 block", "2 blocks", "4 blocks", "8 blocks"),
    fine_tuning_steps=20,
    fine_tuning_rounds=5,
    num_pictures=384,
    inference_rounds=3,
    num_clients=64,
    server_seconds=8.0,
    soak_seconds=300,
)

IS_FULL = os.environ.get("HYDRANET_BENCH") == "full"
SIZE = FULL if IS_FULL else SMOKE
