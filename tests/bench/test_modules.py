"""Every module of the benchmarks can be imported, and takes from hydranet what is there."""

import importlib
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"
MODULES = sorted(
    ".".join(["hydranet_bench", *path.relative_to(BENCH).with_suffix("").parts])
    for path in BENCH.rglob("*.py")
    if path.stem not in {"__init__", "conftest"}
)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_can_be_imported(name):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name.partition(".")[0] in {"hydranet", "hydranet_bench"}:
            raise
        pytest.skip(f"{error.name} is not installed")
