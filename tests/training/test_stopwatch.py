"""A stopwatch measures one part after the other."""

import time

from hydranet.training._stopwatch import Stopwatch


def test_each_part_counts_from_the_end_of_the_one_before(monkeypatch):
    times = iter([10.0, 11.5, 11.7501])
    monkeypatch.setattr(time, "perf_counter", lambda: next(times))
    stopwatch = Stopwatch()

    assert [stopwatch.lap(), stopwatch.lap()] == [1.5, 0.25]
