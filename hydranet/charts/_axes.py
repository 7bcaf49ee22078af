"""What charts have around their marks: a title, axes with ticks, a legend."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hydranet.charts._scales import Scale, log_ticks, number, tick_labels, ticks
from hydranet.charts._svg import (
    FONT_SIZE,
    GRID,
    MUTED,
    clean,
    colour,
    drawing,
    element,
    points,
    shorten,
    text,
    text_width,
)

WIDTH = 360.0
MAX_WIDTH = 480.0
TITLE_HEIGHT = 22.0
LEGEND_ROW = 18.0

_MARGIN = 14.0
_GAP = 6.0
_TITLE_SIZE = 12.5
_Y_LABEL_HEIGHT = 20.0
_TICKS_HEIGHT = 18.0
_X_LABEL_HEIGHT = 16.0
_SWATCH = 16.0


@dataclass(frozen=True)
class Axes:
    """Two scales and what is drawn under the marks.

    Args:
        x: from left to right.
        y: from below to above.
        drawn: ticks, labels and grid, as SVG text.
        bottom: where the next thing below can be drawn.
    """

    x: Scale
    y: Scale
    drawn: str
    bottom: float


def make_axes(
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    *,
    x_label: str,
    y_label: str,
    height: float,
    x_log: bool = False,
    x_integer: bool = False,
) -> Axes:
    """Return axes below a title.

    Args:
        x_range: the values at both ends, apart from each other.
        y_range: likewise.
        x_label: stands below, at the right.
        y_label: stands above, at the left, where it needs no turning of the head.
        height: of the space for the marks, in pixels.
        x_log: whether the x axis is logarithmic.
        x_integer: whether x counts something.
    """
    y_ticks = ticks(*y_range)
    y_labels = tick_labels(y_ticks)
    left = max(map(text_width, y_labels), default=0) + _GAP
    top = TITLE_HEIGHT + _Y_LABEL_HEIGHT
    x = Scale(*x_range, left, WIDTH - _MARGIN, x_log)
    y = Scale(*y_range, top + height, top)
    below = y.start
    drawn = [text(0, top - 9, y_label, fill=MUTED, width=WIDTH)]
    for value, label in zip(y_ticks, y_labels, strict=True):
        drawn.append(element("path", d=points([(x.start, y(value)), (x.end, y(value))]), stroke=GRID))
        drawn.append(text(x.start - _GAP, y(value) + FONT_SIZE / 3, label, fill=MUTED, anchor="end"))
    drawn.append(element("path", d=points([(x.start, below), (x.end, below)]), stroke=MUTED))
    drawn += x_tick_labels(x, below, integer=x_integer)
    below += _TICKS_HEIGHT + _X_LABEL_HEIGHT
    drawn.append(text(x.end, below - 2, x_label, fill=MUTED, anchor="end", width=x.end))
    return Axes(x, y, "".join(drawn), below + _GAP)


def x_tick_labels(x: Scale, top: float, *, integer: bool = False) -> list[str]:
    """Draw the ticks below an axis and what is written at them, without letters on letters."""
    if x.log:
        values = log_ticks(x.low, x.high)
        labels = [number(value) for value in values]
    else:
        values = ticks(x.low, x.high, integer=integer)
        labels = tick_labels(values)
    widest = max(map(text_width, labels), default=0)
    # The last label may have to stand further left than its tick.
    room = widest + _GAP + max(0.0, widest / 2 - _MARGIN)
    every = math.ceil(room * (len(values) - 1) / (x.end - x.start)) or 1
    drawn = []
    for value, label in list(zip(values, labels, strict=True))[::every]:
        drawn.append(element("path", d=points([(x(value), top), (x(value), top + 4)]), stroke=MUTED))
        drawn.append(centred(x(value), top + _TICKS_HEIGHT - 3, label))
    return drawn


def centred(x: float, y: float, label: str) -> str:
    """Return a muted label around `x`, or as near to it as there is room."""
    half = text_width(label) / 2
    return text(min(max(x, half), WIDTH - half), y, label, fill=MUTED, anchor="middle")


def draw_diagonal(x: Scale, y: Scale) -> str:
    """Return the dashed line where `x` and `y` are equal, as far as it is within both ranges."""
    ends = max(x.low, y.low), min(x.high, y.high)
    if ends[0] >= ends[1]:
        return ""
    return element("path", d=points((x(end), y(end)) for end in ends), stroke=MUTED, stroke_dasharray="4 4")


def legend(names: Sequence[str], top: float, *, dashed: Sequence[bool] = ()) -> tuple[str, float]:
    """Return the names of the series, each beside its colour, and where the legend ends.

    Args:
        names: of the series, in the order of their colours.
        top: where it begins.
        dashed: which are drawn as dashed lines; none are drawn as lines if it is empty.
    """
    drawn = []
    x, y = 0.0, top
    for index, name in enumerate(names):
        name = clean(name)
        width = _SWATCH + _GAP + text_width(shorten(name, WIDTH - _SWATCH - _GAP))
        if x and x + width > WIDTH:
            x, y = 0.0, y + LEGEND_ROW
        drawn.append(_swatch(x, y, colour(index), dashed[index] if dashed else None))
        drawn.append(text(x + _SWATCH + _GAP, y + 12, name, width=WIDTH - _SWATCH - _GAP))
        x += width + 2 * _GAP
    return "".join(drawn), y + LEGEND_ROW


def _swatch(x: float, y: float, fill: str, dashed: bool | None) -> str:
    if dashed is None:
        return element("rect", x=x + 4, y=y + 2, width=12, height=12, rx=2, fill=fill)
    return element(
        "path",
        d=points([(x, y + 8), (x + _SWATCH, y + 8)]),
        stroke=fill,
        stroke_width=2,
        stroke_dasharray="5 3" if dashed else None,
    )


def chart(*children: str, title: str, height: float, max_width: float = MAX_WIDTH) -> str:
    """Return the whole chart below its title."""
    heading = text(0, 13, title, width=WIDTH, size=_TITLE_SIZE, weight="600")
    return drawing(WIDTH, height, heading, *children, title=title, max_width=max_width)


def no_data(title: str) -> str:
    """Return what stands in the place of a chart of nothing."""
    return chart(text(0, TITLE_HEIGHT + 16, "no data", fill=MUTED), title=title, height=TITLE_HEIGHT + 24)
