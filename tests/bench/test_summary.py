"""The tables of what was measured."""

import pytest

from hydranet_bench.machine import COLUMNS
from hydranet_bench.summary import MOST_ROWS, summary


@pytest.fixture
def write(tmp_path):
    def write(name, *rows):
        path = tmp_path / f"{name}.csv"
        names = [*COLUMNS, *rows[0]]
        lines = [",".join(["x"] * len(COLUMNS) + [str(value) for value in row.values()]) for row in rows]
        path.write_text("\n".join([",".join(names), *lines]))
        return path

    return write


def test_what_all_rows_have_in_common_stands_in_the_title(write):
    path = write(
        "engines",
        {"image_size": 160, "engine": "litert", "median_ms": 2.5, "min_ms": 1, "max_ms": 9},
        {"image_size": 160, "engine": "openvino", "median_ms": 12, "min_ms": 2, "max_ms": 8},
    )
    assert summary([path]) == (
        "\nengines (image_size 160)\nengine    median_ms\nlitert          2.5\nopenvino         12"
    )


def test_a_single_row_is_shown_whole(write):
    assert summary([write("one_more_task", {"seconds": 6.5, "num_pictures": 3000})]) == (
        "\none_more_task\nseconds  num_pictures\n    6.5          3000"
    )


def test_of_many_rows_only_the_number_is_said(write):
    rows = [{"median_ms": number} for number in range(MOST_ROWS + 1)]
    assert summary([write("heads", *rows)]) == f"\nheads: {len(rows)} rows, see heads.csv"
