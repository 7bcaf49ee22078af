"""Charts as a file of its own, which can be read wherever it is shown."""

import re
from collections.abc import Sequence
from pathlib import Path

from hydranet.charts._colours import DARK, DARK_SCREEN, GROUND, LIGHT
from hydranet.charts._svg import clean, coordinate, element
from hydranet.files import atomic_path

_COLUMNS = 2
_GAP = 24.0
_MARGIN = 14.0
# Pixels; about the width of a column of text.
_SHOWN_WIDTH = 800.0
_FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"
_VIEW = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


def sheet(charts: Sequence[str], *, title: str) -> str:
    """Return charts, two in a row, as one SVG file, with its own ground and its own colours, light or dark.

    It takes nothing from a page, so that it can be an `<img>`; where a viewer knows nothing of dark screens it is
    light.

    Args:
        charts: as the functions of this package return them; those in one column are equally wide.
        title: what a screen reader says.
    """
    rows = [charts[start : start + _COLUMNS] for start in range(0, len(charts), _COLUMNS)]
    drawn, width, y = [], 0.0, _MARGIN
    for row in rows:
        x, height = _MARGIN, 0.0
        for chart in row:
            chart_width, chart_height = _size(chart)
            drawn.append(_placed(chart, x, y))
            x, height = x + chart_width + _GAP, max(height, chart_height)
        width, y = max(width, x - _GAP + _MARGIN), y + height + _GAP
    height = y - _GAP + _MARGIN
    whole = element(
        "svg",
        element("style", _dark_rules()),
        element("rect", width=width, height=height, rx=6, fill=GROUND["light"]),
        *drawn,
        xmlns="http://www.w3.org/2000/svg",
        role="img",
        aria_label=clean(title),
        viewBox=f"0 0 {coordinate(width)} {coordinate(height)}",
        width=_SHOWN_WIDTH,
        height=_SHOWN_WIDTH * height / width,
        font_family=_FONT,
    )
    return re.sub(r"var\(--([\w-]+)\)", lambda found: LIGHT[found[1]], whole) + "\n"


def write_charts(path: Path | str, charts: Sequence[str], *, title: str) -> None:
    """Write charts as one SVG file, whole or not at all; see `sheet`.

    Raises:
        HydraNetError: the file can't be written.
    """
    with atomic_path(path) as temporary:
        temporary.write_text(sheet(charts, title=title), encoding="utf-8")


def _size(chart: str) -> tuple[float, float]:
    [(width, height)] = _VIEW.findall(chart)
    return float(width), float(height)


def _placed(chart: str, x: float, y: float) -> str:
    """Return the chart as a part of a larger one."""
    width, height = _size(chart)
    opening = (
        f'<svg x="{coordinate(x)}" y="{coordinate(y)}" width="{coordinate(width)}" height="{coordinate(height)}" '
        f'viewBox="0 0 {coordinate(width)} {coordinate(height)}" fill="{LIGHT["ink"]}" font-size="11">'
    )
    return opening + chart.partition(">")[2]


def _dark_rules() -> str:
    """Return what exchanges each colour of the light ground for that of the dark one."""
    pairs = [(GROUND["light"], GROUND["dark"]), *((LIGHT[name], DARK[name]) for name in LIGHT)]
    rules = [
        f'[{attribute}="{light}"]{{{attribute}:{dark}}}'
        for light, dark in pairs
        for attribute in ("fill", "stroke")
    ]
    return f"{DARK_SCREEN} {{ {' '.join(rules)} }}"
