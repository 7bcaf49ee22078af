"""How time, memory and disk grow with the number of pictures, tasks and classes: should be no worse than linear."""

import pytest

from hydranet_bench.growth.growth import slopes
from hydranet_bench.launcher import run_python
from hydranet_bench.sizes import SIZE

STEEPEST = 1.15


@pytest.mark.parametrize("what", SIZE.growth)
def test_growth(benchmark, results, show_target, tmp_path, what):
    arguments = [tmp_path, *SIZE.growth[what]]
    if what == "classes":
        arguments.insert(1, SIZE.growth_rows)

    finished = benchmark.pedantic(
        lambda: run_python(["-m", f"hydranet_bench.growth.growing_{what}", *arguments]), rounds=1
    )

    rows = finished.result()
    results.add("growth", [{"what": what, **row} for row in rows])
    grown = slopes(rows)
    results.add("growth_slopes", [{"what": what, **row} for row in grown])
    steepest = max(grown, key=lambda row: row["last_slope"])
    name = f"{what}: {steepest['measure']} to {steepest['operation']}, exponent of the steepest growth"
    show_target(name, steepest["last_slope"], at_most=STEEPEST)
