"""The names of what is drawn, each beside its look."""

from collections.abc import Sequence
from dataclasses import dataclass

from hydranet.charts._axes import WIDTH
from hydranet.charts._svg import clean, element, points, shorten, text, text_width

_ROW = 18.0
_SWATCH = 16.0
_GAP = 6.0


@dataclass(frozen=True)
class Entry:
    """What a legend says of one series.

    Args:
        name: of the series.
        colour: of its marks.
        dash: SVG's `stroke-dasharray` of its line; None for a whole line.
        is_line: whether its marks are a line, not an area.
    """

    name: str
    colour: str
    dash: str | None = None
    is_line: bool = False


def legend(entries: Sequence[Entry], top: float, width: float = WIDTH) -> tuple[str, float]:
    """Return the drawn entries, in as many rows as they need, and where they end.

    Args:
        entries: in the order of reading.
        top: where the first row begins.
        width: of the chart.
    """
    drawn = []
    x, y = 0.0, top
    for entry in entries:
        name = clean(entry.name)
        taken = _SWATCH + _GAP + text_width(shorten(name, width - _SWATCH - _GAP))
        if x and x + taken > width:
            x, y = 0.0, y + _ROW
        drawn.append(_swatch(entry, x, y))
        drawn.append(text(x + _SWATCH + _GAP, y + 12, name, width=width - _SWATCH - _GAP))
        x += taken + 2 * _GAP
    return "".join(drawn), y + _ROW


def _swatch(entry: Entry, x: float, y: float) -> str:
    if not entry.is_line:
        return element("rect", x=x + 4, y=y + 2, width=12, height=12, rx=2, fill=entry.colour)
    return element(
        "path",
        d=points([(x, y + 8), (x + _SWATCH, y + 8)]),
        stroke=entry.colour,
        stroke_width=2,
        stroke_dasharray=entry.dash,
    )
