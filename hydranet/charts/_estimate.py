"""Estimates beside each other: means with what they are the mean of, and with how sure they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hydranet.charts._axes import TITLE_HEIGHT, WIDTH, Axis, chart, draw_x_axis, no_data
from hydranet.charts._legend import Entry, legend
from hydranet.charts._scales import Scale, is_drawable, nice_range, number, ticks, value_range
from hydranet.charts._svg import (
    GRID,
    INK,
    MUTED,
    clean,
    colour,
    element,
    hint,
    isolate,
    points,
    text,
    text_width,
)

_ROW_HEIGHT = 22.0
_SHARE_OF_LABELS = 1 / 3  # of the width, at most
_GAP = 6.0
_NOTE_SIZE = 10
_RADIUS = 4.5


@dataclass(frozen=True)
class Estimate:
    """One row of a chart.

    Args:
        label: what the row is about.
        means: one for each series; a None, NaN or infinite one is not drawn.
        spread: for each series, the values that the mean is that of, drawn faint; none are if it is empty.
        intervals: `(low, high)` or None for each series; none has an interval if it is empty.
        note: what is written at the right end of the row.
    """

    label: str
    means: tuple[float | None, ...]
    spread: tuple[Sequence[float], ...] = ()
    intervals: tuple[tuple[float, float] | None, ...] = ()
    note: str = ""

    def held(self) -> list[float | None]:
        """Return all values that the scale must hold."""
        ends = [end for interval in self.intervals if interval for end in interval]
        return [*self.means, *(value for values in self.spread for value in values), *ends]


def estimate_chart(
    rows: Sequence[Estimate],
    *,
    title: str,
    x_label: str,
    series: Sequence[str] = (),
    first_series: int = 0,
    x_range: tuple[float, float] | None = None,
    width: float = WIDTH,
) -> str:
    """Return a chart with a row for each estimate: its mean as a large dot, its interval as a line through it.

    Args:
        rows: from top to bottom; all have equally many means.
        title: stands above, and is what a screen reader says.
        x_label: what the values are.
        series: what the means of a row are called; may be left out if each row has one.
        first_series: the number of the colour of the first series, from 0.
        x_range: the ends of the axis, at which what lies outside is drawn; by default, round values around all.
        width: of the chart, in pixels.

    Returns:
        An `<svg>` element.

    Raises:
        ValueError: a row has not as many means as there are series, or not as many intervals or spreads as means.
    """
    series = series or ("",)
    if not rows:
        return no_data(title, width)
    colours = [colour(first_series + index) for index in range(len(series))]
    names, top = "", TITLE_HEIGHT
    if len(series) > 1:
        names, top = legend([Entry(*pair) for pair in zip(series, colours, strict=True)], top, width)
    top += 4
    bottom = top + len(rows) * _ROW_HEIGHT
    x = _scale(rows, x_range, width)
    drawn = [
        element("path", d=points([(x(tick), top), (x(tick), bottom)]), stroke=GRID)
        for tick in ticks(x.low, x.high)
    ]
    x_axis, end = draw_x_axis(Axis((x.low, x.high), x_label), x, bottom, width)
    drawn += [element("path", d=points([(x.start, bottom), (x.end, bottom)]), stroke=MUTED), x_axis]
    if x.low < 0 < x.high:
        drawn.append(element("path", d=points([(x(0), top), (x(0), bottom)]), stroke=MUTED))
    for index, row in enumerate(rows):
        drawn += _row(row, series, colours, x, top + (index + 0.5) * _ROW_HEIGHT, width)
    return chart(names, *drawn, title=title, height=end + 2, width=width)


def _scale(rows: Sequence[Estimate], x_range: tuple[float, float] | None, width: float) -> Scale:
    """Return the scale between the labels and the notes."""
    held = x_range or nice_range(*value_range(value for row in rows for value in row.held()))
    labels = max(text_width(clean(row.label)) for row in rows)
    notes = max(text_width(row.note, _NOTE_SIZE) for row in rows)
    return Scale(
        *held, start=min(labels, width * _SHARE_OF_LABELS) + 2 * _GAP, end=width - (notes + 2 * _GAP)
    )


def _row(
    row: Estimate, series: Sequence[str], colours: Sequence[str], x: Scale, y: float, width: float
) -> Iterator[str]:
    yield text(x.start - 2 * _GAP, y + 3.5, row.label, width=width * _SHARE_OF_LABELS, anchor="end")
    spread = row.spread or ((),) * len(row.means)
    intervals = row.intervals or (None,) * len(row.means)
    drawable = [x(mean) for mean in row.means if is_drawable(mean)]
    if len(drawable) > 1:
        yield element("path", d=points([(min(drawable), y), (max(drawable), y)]), stroke=GRID, stroke_width=4)
    for name, mean, values, interval, fill in zip(series, row.means, spread, intervals, colours, strict=True):
        if is_drawable(mean):
            yield _mark(_told(row.label, name, mean, interval), mean, values, interval, x, y, fill)
    yield text(width, y + 3.5, row.note, size=_NOTE_SIZE, fill=MUTED, anchor="end")


def _mark(
    told: str,
    mean: float,
    values: Sequence[float],
    interval: tuple[float, float] | None,
    x: Scale,
    y: float,
    fill: str,
) -> str:
    drawn = [hint(told)]
    if interval and all(map(is_drawable, interval)):
        ends = [(x(end), y) for end in interval]
        drawn.append(element("path", d=points(ends), stroke=INK, stroke_width=1.5))
    drawn += [
        element("circle", cx=x(value), cy=y, r=2.5, fill_opacity=".4")
        for value in values
        if is_drawable(value)
    ]
    drawn.append(element("circle", cx=x(mean), cy=y, r=_RADIUS))
    return element("g", *drawn, fill=fill)


def _told(label: str, name: str, mean: float, interval: tuple[float, float] | None) -> str:
    heading = f"{isolate(label)}, {name}" if name else isolate(label)
    ends = f" ({number(interval[0])} to {number(interval[1])})" if interval else ""
    return f"{heading}: {number(mean)}{ends}"
