"""Randomness of a task's own."""

import zlib


def task_seed(seed: int, task: str) -> int:
    """Return a seed of this task's own, so that a head does not depend on which others are trained."""
    return zlib.crc32(f"{seed} {task}".encode())
