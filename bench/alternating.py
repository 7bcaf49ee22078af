"""Time several things fairly: in one process, in turns, after warming up."""

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any, NamedTuple


class Timing(NamedTuple):
    """Seconds of one call over all rounds."""

    median: float
    least: float
    most: float

    def columns(self, unit: str = "ms") -> dict[str, float]:
        """Return the three as columns of a result, in `ms` or `s`."""
        factor = {"ms": 1e3, "s": 1.0}[unit]
        named = {"median": self.median, "min": self.least, "max": self.most}
        return {f"{name}_{unit}": round(factor * value, 3) for name, value in named.items()}


def time_alternately(
    benchmark: Any, cases: Mapping[str, Callable[[], Any]], rounds: int, *, warmup_rounds: int = 2
) -> dict[str, Timing]:
    """Return the timing of each case; a round calls every case once, and each round begins with another one.

    Args:
        benchmark: pytest-benchmark's fixture; it is shown whole rounds.
        cases: what to call, by name.
        rounds: that are timed.
        warmup_rounds: that are not.
    """
    names = list(cases)
    seconds: dict[str, list[float]] = {name: [] for name in names}

    def run_round() -> None:
        names.append(names.pop(0))
        for name in names:
            start = time.perf_counter()
            cases[name]()
            seconds[name].append(time.perf_counter() - start)

    benchmark.pedantic(run_round, rounds=rounds, warmup_rounds=warmup_rounds)
    timed = {name: values[-rounds:] for name, values in seconds.items()}
    return {name: Timing(median(values), min(values), max(values)) for name, values in timed.items()}
