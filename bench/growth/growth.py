"""How operations grow: seconds, memory and disk for more and more of something, and the exponent of each."""

import gc
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from hydranet_bench.sizes import IS_FULL

# What is measured, and from how much on it is more than noise.
MEASURES = {"seconds": 0.001, "grown_mib": 10.0, "disk_mib": 0.001}

_MIB = 2**20
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
# A quick operation is repeated, so often or so long.
_MOST_REPEATS = 10
_REPEAT_SECONDS = 0.2


class Growth:
    """Measures operations in this process, one after the other; `rows` is what was measured.

    On Linux, the peak of memory is that of each operation; elsewhere, that of the process until then.
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.count = 0
        self._base = 0.0

    def begin(self, count: int) -> None:
        """Begin with another count of what grows; memory grows from here."""
        gc.collect()
        _forget_peak()
        self.count, self._base = count, _peak_mib()

    def measure(
        self, operation: str, call: Callable[[], Any], *, disk: Path | None = None, repeat: bool = False
    ) -> Any:
        """Return what `call` returns; `disk` is the file or folder that it writes."""
        gc.collect()
        _forget_peak()
        seconds: list[float] = []
        while not seconds or (repeat and len(seconds) < _MOST_REPEATS and sum(seconds) < _REPEAT_SECONDS):
            start = time.perf_counter()
            result = call()
            seconds.append(time.perf_counter() - start)
        peak = _peak_mib()
        self.rows.append(
            {
                "count": self.count,
                "operation": operation,
                "seconds": round(median(seconds), 6),
                "peak_rss_mib": round(peak, 1),
                "grown_mib": round(max(peak - self._base, 0.0), 1),
                "disk_mib": round(_disk_mib(disk), 3) if disk else "",
            }
        )
        return result


def print_growth(measure: Callable[[Growth, int], None], counts: Sequence[int]) -> None:
    """Print what `measure` has measured for each count, as JSON."""
    if IS_FULL:  # what everything needs is loaded and compiled before anything counts
        measure(Growth(), counts[0])
    growth = Growth()
    for count in counts:
        measure(growth, count)
    print(json.dumps(growth.rows))


def slopes(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return, for each operation and measure, the exponent of its growth: 1 is linear.

    `slope` is that of a least-squares line through the logarithms, `last_slope` that between the two largest
    counts, where fixed costs weigh least.
    """
    found = []
    for operation in dict.fromkeys(row["operation"] for row in rows):
        for measure, least in MEASURES.items():
            points = [
                (row["count"], row[measure])
                for row in rows
                if row["operation"] == operation and (row[measure] or 0.0) >= least
            ]
            if len(points) < 2:
                continue
            counts, values = np.log(np.array(points, float)).T
            found.append(
                {
                    "operation": operation,
                    "measure": measure,
                    "from_count": points[0][0],
                    "to_count": points[-1][0],
                    "slope": round(float(np.polyfit(counts, values, 1)[0]), 3),
                    "last_slope": round(float(np.diff(values)[-1] / np.diff(counts)[-1]), 3),
                }
            )
    return found


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT / _MIB


def _forget_peak() -> None:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _disk_mib(path: Path) -> float:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file()) / _MIB
