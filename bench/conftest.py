"""What the benchmarks share: where results go, the targets shown at the end, real pictures and weights.

It belongs to pytest: nothing imports it.
"""

import csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from hydranet_bench.machine import describe_machine
from hydranet_bench.sizes import IS_FULL

RESULTS = Path(__file__).parent / "results"


class ResultFiles:
    """Rows by the name of their CSV file, which is written whenever rows come, so that none are lost.

    They go to the folder `HYDRANET_BENCH_RESULTS`; where that is not set, to `bench/results/`, and those of a smoke
    run, which say nothing, to `bench/results/smoke/`.
    """

    def __init__(self, machine: Mapping[str, object]) -> None:
        default = RESULTS if IS_FULL else RESULTS / "smoke"
        self.folder = Path(os.environ.get("HYDRANET_BENCH_RESULTS", default))
        self._machine = machine
        self._rows: dict[str, list[dict[str, Any]]] = {}

    def add(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows, all with the same columns, to `NAME.csv`."""
        known = self._rows.setdefault(name, [])
        known += [{**self._machine, **row} for row in rows]
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(known[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(known)


_targets: list[str] = []


@pytest.fixture(scope="session")
def machine(assets) -> dict[str, object]:
    """What the run began on: later, the load is that of the benchmarks themselves."""
    return describe_machine("photographs" if IS_FULL and assets else "drawings")


@pytest.fixture(scope="module")
def results(machine, request) -> ResultFiles:
    suite = request.path.stem.removeprefix("test_")
    return ResultFiles({**machine, "command": f"hydranet bench {suite}{' --full' if IS_FULL else ''}"})


@pytest.fixture(scope="session")
def show_target():
    """Note a figure and the target it is held against, which are shown at the end; a missed one fails nothing."""

    def show(
        what: str, figure: float, *, at_most: float | None = None, at_least: float | None = None
    ) -> None:
        target = f"at most {at_most:g}" if at_most is not None else f"at least {at_least:g}"
        met = figure <= at_most if at_most is not None else figure >= at_least
        _targets.append(f"{'met   ' if met else 'missed'}  {figure:8.3f}  ({target})  {what}")

    return show


def pytest_terminal_summary(terminalreporter) -> None:
    if _targets:
        terminalreporter.section("targets" if IS_FULL else "targets (smoke size: these figures say nothing)")
        for line in _targets:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def assets() -> Path | None:
    """The folder of real pictures and weights, `HYDRANET_TEST_ASSETS` or `shared` beside the checkout, or None."""
    default = Path(__file__).parents[2] / "shared"
    folder = Path(os.environ.get("HYDRANET_TEST_ASSETS", default))
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def weights(assets) -> str:
    """Real weights of MobileNetV2 at full size where they are there; else random ones, which are as fast."""
    if not (IS_FULL and assets):
        return "random"
    return str(assets / "weights" / "mobilenet_v2_1.0_224.weights.h5")
