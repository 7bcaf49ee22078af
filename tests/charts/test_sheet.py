"""Charts as a file of their own, which takes nothing from a page."""

import re
from xml.etree import ElementTree

import pytest

from hydranet.charts import Bar, bar_chart, sheet, write_charts
from hydranet.charts._colours import DARK, GROUND, LIGHT
from hydranet.errors import HydraNetError

CHARTS = [bar_chart([Bar(name, (1.0,))], title=name, x_label="x") for name in ("first", "second", "third")]


def test_charts_stand_side_by_side_and_below_each_other():
    root = ElementTree.fromstring(sheet(CHARTS, title="three"))
    first, second, third = (
        (float(chart.get("x")), float(chart.get("y"))) for chart in root if chart.tag.endswith("svg")
    )
    assert second[1] == first[1] < third[1]
    assert third[0] == first[0] < second[0]
    assert root.get("aria-label") == "three"


def test_nothing_lies_outside_and_the_ground_is_under_all():
    root = ElementTree.fromstring(sheet(CHARTS, title="three"))
    width, height = map(float, root.get("viewBox").split()[2:])
    ground, *charts = [child for child in root if child.tag.endswith(("rect", "svg"))]
    assert (float(ground.get("width")), float(ground.get("height"))) == (width, height)
    for chart in charts:
        assert float(chart.get("x")) + float(chart.get("width")) <= width
        assert float(chart.get("y")) + float(chart.get("height")) <= height


def test_a_sheet_has_its_own_colours_for_a_light_and_a_dark_screen():
    text = sheet(CHARTS, title="three")
    assert "var(" not in text
    used = set(re.findall(r'(?:fill|stroke)="(#\w+)"', text.partition("</style>")[2]))
    assert used <= {GROUND["light"], *LIGHT.values()}
    for name, colour in LIGHT.items():
        assert f'[fill="{colour}"]{{fill:{DARK[name]}}}' in text


def test_the_same_charts_give_the_same_file(tmp_path):
    for name in ("first.svg", "again.svg"):
        write_charts(tmp_path / name, CHARTS, title="three")
    assert (tmp_path / "first.svg").read_bytes() == (tmp_path / "again.svg").read_bytes()


def test_a_file_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "taken.svg").mkdir()
    with pytest.raises(HydraNetError, match=r"taken\.svg"):
        write_charts(tmp_path / "taken.svg", CHARTS, title="three")
