"""What charts have around their marks: a title above, axes with ticks and labels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hydranet.charts._scales import Scale, log_ticks, number, tick_labels, ticks
from hydranet.charts._svg import FONT_SIZE, GRID, MUTED, drawing, element, points, text, text_width

WIDTH = 360.0
TITLE_HEIGHT = 22.0
# How much larger than drawn a chart is shown where there is room.
LARGEST = 4 / 3

_MARGIN = 14.0
_GAP = 6.0
_TITLE_SIZE = 12.5
_Y_LABEL_HEIGHT = 20.0
_TICKS_HEIGHT = 18.0
_TICKS_ROW = 13.0
_MOST_ROWS = 3
_X_LABEL_HEIGHT = 16.0

Tick = tuple[float, str]


@dataclass(frozen=True)
class Axis:
    """What an axis shows.

    Args:
        range: the values at both ends, apart from each other.
        label: what they are.
        log: whether equal factors, not equal differences, are equally far apart.
        integer: whether it counts something.
        ticks: values with what is written at them; by default, round values.
    """

    range: tuple[float, float]
    label: str
    log: bool = False
    integer: bool = False
    ticks: Sequence[Tick] = ()

    def labelled_ticks(self) -> list[Tick]:
        """Return the values that are named, and what is written at them."""
        if self.ticks:
            return list(self.ticks)
        values = log_ticks(*self.range) if self.log else ticks(*self.range, integer=self.integer)
        return list(zip(values, map(number, values) if self.log else tick_labels(values), strict=True))


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


def make_axes(x_axis: Axis, y_axis: Axis, *, height: float, width: float = WIDTH) -> Axes:
    """Return axes below a title.

    Args:
        x_axis: its label stands below, at the right.
        y_axis: its label stands above, at the left, where it needs no turning of the head.
        height: of the space for the marks, in pixels.
        width: of the chart.
    """
    y_ticks = y_axis.labelled_ticks()
    left = max((text_width(label) for _, label in y_ticks), default=0) + _GAP
    top = TITLE_HEIGHT + _Y_LABEL_HEIGHT
    x = Scale(*x_axis.range, left, width - _MARGIN, x_axis.log)
    y = Scale(*y_axis.range, top + height, top, y_axis.log)
    drawn = [text(0, top - 9, y_axis.label, fill=MUTED, width=width)]
    for value, label in y_ticks:
        drawn.append(element("path", d=points([(x.start, y(value)), (x.end, y(value))]), stroke=GRID))
        drawn.append(text(x.start - _GAP, y(value) + FONT_SIZE / 3, label, fill=MUTED, anchor="end"))
    drawn.append(element("path", d=points([(x.start, y.start), (x.end, y.start)]), stroke=MUTED))
    ticks_drawn, below = draw_x_axis(x_axis, x, y.start, width)
    return Axes(x, y, "".join(drawn) + ticks_drawn, below + _GAP)


def draw_x_axis(axis: Axis, x: Scale, top: float, width: float = WIDTH) -> tuple[str, float]:
    """Return the ticks of an axis with its label below, and where it ends.

    Labels that would touch each other stand in rows below each other, or, where they are many, are left out.
    """
    drawn, rows = [], 1
    free = [-_GAP] * (_MOST_ROWS if axis.ticks else 1)
    for value, label in _evenly(axis, x):
        half = text_width(label) / 2
        centre = min(max(x(value), half), width - half)
        row = next((row for row, right in enumerate(free) if centre - half >= right + _GAP), None)
        drawn.append(element("path", d=points([(x(value), top), (x(value), top + 4)]), stroke=MUTED))
        if row is None:
            continue
        free[row], rows = centre + half, max(rows, row + 1)
        drawn.append(
            text(centre, top + _TICKS_HEIGHT - 3 + row * _TICKS_ROW, label, fill=MUTED, anchor="middle")
        )
    bottom = top + _TICKS_HEIGHT + (rows - 1) * _TICKS_ROW + _X_LABEL_HEIGHT
    drawn.append(text(x.end, bottom - 2, axis.label, fill=MUTED, anchor="end", width=x.end))
    return "".join(drawn), bottom


def _evenly(axis: Axis, x: Scale) -> list[Tick]:
    """Return the ticks; of round values that have no room, every so many."""
    found = axis.labelled_ticks()
    if axis.ticks or not found:
        return found
    widest = max(text_width(label) for _, label in found)
    # The last label may have to stand further left than its tick.
    room = widest + _GAP + max(0.0, widest / 2 - _MARGIN)
    return found[:: math.ceil(room * (len(found) - 1) / (x.end - x.start)) or 1]


def centred(x: float, y: float, label: str, width: float = WIDTH) -> str:
    """Return a muted label around `x`, or as near to it as there is room."""
    half = text_width(label) / 2
    return text(min(max(x, half), width - half), y, label, fill=MUTED, anchor="middle")


def draw_diagonal(x: Scale, y: Scale) -> str:
    """Return the dashed line where `x` and `y` are equal, as far as it is within both ranges."""
    ends = max(x.low, y.low), min(x.high, y.high)
    if ends[0] >= ends[1]:
        return ""
    return element("path", d=points((x(end), y(end)) for end in ends), stroke=MUTED, stroke_dasharray="4 4")


def chart(
    *children: str, title: str, height: float, width: float = WIDTH, max_width: float | None = None
) -> str:
    """Return the whole chart below its title."""
    heading = text(0, 13, title, width=width, size=_TITLE_SIZE, weight="600")
    return drawing(width, height, heading, *children, title=title, max_width=max_width or width * LARGEST)


def no_data(title: str, width: float = WIDTH) -> str:
    """Return what stands in the place of a chart of nothing."""
    nothing = text(0, TITLE_HEIGHT + 16, "no data", fill=MUTED)
    return chart(nothing, title=title, height=TITLE_HEIGHT + 24, width=width)
