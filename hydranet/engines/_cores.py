"""How many cores there are to compute on."""

import math
import os
from pathlib import Path

_CONTAINER_SHARE = Path("/sys/fs/cgroup/cpu.max")


def available_cores() -> int:
    """Return how many cores this process may use, which can be fewer than the machine has."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:  # a container's share: https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files
        quota, period = _CONTAINER_SHARE.read_text(encoding="ascii").split()
        return min(cores, math.ceil(int(quota) / int(period)))
    except (OSError, ValueError):  # not Linux, or the whole machine ("max")
        return cores
