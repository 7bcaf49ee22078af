"""Whether it pays to store the activations at a cut: a small model of what each way costs."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# What a disk gives at least, reading rows of a chunk in any order.
READ_BYTES_PER_SECOND = 200e6
WRITE_BYTES_PER_SECOND = 150e6
# The largest share of what is free on the disk that activations may take.
_DISK_SHARE = 0.5


@dataclass(frozen=True)
class StoringCost:
    """What a phase costs below its cut, with and without the store.

    Args:
        bytes_per_picture: of one activation.
        num_missing: activations (views counted) that are not stored yet.
        reads_per_epoch: activations that an epoch needs, validation included.
        epochs: expected.
        seconds_per_picture: to decode a picture and run it through the trunk.
        multiply_adds: of the trunk, for one picture.
    """

    bytes_per_picture: int
    num_missing: int
    reads_per_epoch: int
    epochs: float
    seconds_per_picture: float
    multiply_adds: int

    @property
    def num_bytes(self) -> int:
        """How much is still to be written."""
        return self.num_missing * self.bytes_per_picture

    @property
    def stored_seconds(self) -> float:
        """What is below the cut costs in a phase that stores."""
        computing = self.num_missing * self.seconds_per_picture
        reads = self.epochs * self.reads_per_epoch * self.bytes_per_picture
        return computing + self.num_bytes / WRITE_BYTES_PER_SECOND + reads / READ_BYTES_PER_SECOND

    @property
    def computed_seconds(self) -> float:
        """The same in a phase that computes the activations each time."""
        return self.epochs * self.reads_per_epoch * self.seconds_per_picture

    def decide(self, folder: Path) -> tuple[bool, str]:
        """Return whether to store in `folder`, and why: what is faster, if there is room on the disk."""
        facts = (
            f"the trunk takes {self.multiply_adds / 1e6:.0f} M multiply-adds a picture, its activations "
            f"{self.bytes_per_picture / 1e3:.0f} kB; expected {self.stored_seconds:.0f} s with the store, "
            f"{self.computed_seconds:.0f} s without"
        )
        free = _free_bytes(folder)
        if self.num_bytes > _DISK_SHARE * free:
            return (
                False,
                f"{self.num_bytes / 1e9:.1f} GB are too much for {free / 1e9:.1f} GB of free disk ({facts})",
            )
        return self.stored_seconds < self.computed_seconds, facts


def seconds_per_picture(compute: Callable[[], object], num_pictures: int) -> float:
    """Return how long one picture takes, from the second of two runs of `compute` on `num_pictures`."""
    compute()
    start = time.perf_counter()
    compute()
    return (time.perf_counter() - start) / num_pictures


def _free_bytes(folder: Path) -> int:
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
