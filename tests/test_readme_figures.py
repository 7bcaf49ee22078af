"""Every figure of the README stands in a file of results."""

import re
from pathlib import Path

import pytest

from hydranet_bench.summary import read_rows

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
RESULTS = re.compile(r"\(bench/results/(\w+)\.csv\)")
FIGURE = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w])")


def figures():
    """Return (the name of a file of results, a figure that the README takes from it) of every row that names one."""
    rows = [line for line in README.splitlines() if line.startswith("|") and RESULTS.search(line)]
    return [
        (RESULTS.search(row)[1], figure) for row in rows for figure in FIGURE.findall(RESULTS.sub("", row))
    ]


@pytest.mark.parametrize(("name", "figure"), figures())
def test_every_figure_stands_in_the_results_that_its_row_names(name, figure):
    cells = {cell for row in read_rows(ROOT / "bench" / "results" / f"{name}.csv") for cell in row.values()}
    decimals = len(figure.partition(".")[2])
    value = float(figure.replace(",", ""))
    assert any(_stands_in(cell, figure, value, decimals) for cell in cells), f"{figure} is not in {name}.csv"


def test_every_row_with_figures_names_a_file_of_results():
    section = README.partition("\n## What it saves\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|") and FIGURE.search(line)]
    assert rows
    assert [row for row in rows if not RESULTS.search(row)] == []


def test_the_charts_that_it_shows_are_there():
    shown = re.findall(r"\((bench/results/charts/\w+\.svg)\)", README)
    assert [path for path in shown if not (ROOT / path).is_file()] == []


def _stands_in(cell, figure, value, decimals):
    """Tell whether a cell rounds to the figure, as it is or from milliseconds to seconds, or is text that has it."""
    try:
        measured = float(cell)
    except ValueError:
        return re.search(rf"(?<!\d){re.escape(figure)}(?!\d)", cell) is not None
    return any(abs(measured * unit - value) <= 0.5 * 10**-decimals + 1e-9 for unit in (1, 1e-3))
