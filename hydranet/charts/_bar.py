"""Horizontal bars: class balance, and figures beside each other with their intervals."""

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

_SHARE_OF_LABELS = 1 / 3  # of the width, at most
_GAP = 6.0
_VALUE_SIZE = 10
_VALUE_DIGITS = 4
_MOST_WITH_VALUES = 60  # bars; more of them are drawn thin, without their values
_BELOW = 2.0


@dataclass(frozen=True)
class Bar:
    """One row of a chart.

    Args:
        label: what the row is about.
        values: one for each series; a None, NaN or infinite one has no bar.
        intervals: `(low, high)` or None for each series; none has an interval if it is empty.
        notes: for each series, what is written beside its bar; by default, its value.
        series: the number of the colour of a row that has one value; by default, the first.
    """

    label: str
    values: tuple[float | None, ...]
    intervals: tuple[tuple[float, float] | None, ...] = ()
    notes: tuple[str, ...] = ()
    series: int = 0

    def written(self) -> list[str]:
        """Return what stands beside each bar."""
        return list(self.notes) or [
            number(value, digits=_VALUE_DIGITS) if is_drawable(value) else "–" for value in self.values
        ]


@dataclass(frozen=True)
class _Sizes:
    width: float  # of the chart
    labels: float  # how wide they may be
    bar: float  # from the top of one bar to that of the next
    row: float
    values: bool  # whether they are written beside the bars


def bar_chart(
    rows: Sequence[Bar], *, title: str, x_label: str, series: Sequence[str] = (), width: float = WIDTH
) -> str:
    """Return a chart of horizontal bars, of one colour for each series, with a legend if there are several.

    Args:
        rows: from top to bottom; all have equally many values.
        title: stands above, and is what a screen reader says.
        x_label: what the values are.
        series: what the values of a row are called; may be left out if each row has one.
        width: of the chart, in pixels.

    Returns:
        An `<svg>` element.

    Raises:
        ValueError: a row has not as many values as there are series, or not as many intervals or notes as values.
    """
    series = series or ("",)
    if not rows:
        return no_data(title, width)
    sizes = _sizes(len(rows), len(series), width)
    names, top = "", TITLE_HEIGHT
    if len(series) > 1:
        names, top = legend([Entry(name, colour(index)) for index, name in enumerate(series)], top, width)
    top += 4
    bottom = top + len(rows) * sizes.row
    x = _scale(rows, sizes)
    drawn = [
        element("path", d=points([(x(tick), top), (x(tick), bottom)]), stroke=GRID)
        for tick in ticks(x.low, x.high)
    ]
    x_axis, end = draw_x_axis(Axis((x.low, x.high), x_label), x, bottom, width)
    drawn.append(x_axis)
    for index, row in enumerate(rows):
        drawn += _row(row, series, x, top + index * sizes.row, sizes)
    drawn.append(element("path", d=points([(x(0), top), (x(0), bottom)]), stroke=MUTED))
    return chart(names, *drawn, title=title, height=end + _BELOW, width=width)


def _sizes(num_rows: int, num_series: int, width: float) -> _Sizes:
    labels = width * _SHARE_OF_LABELS
    if num_rows * num_series <= _MOST_WITH_VALUES:
        return _Sizes(width, labels, bar=13, row=13 * num_series + 8, values=True)
    return _Sizes(width, labels, bar=5, row=max(5 * num_series + 4, 14), values=False)


def _scale(rows: Sequence[Bar], sizes: _Sizes) -> Scale:
    """Return the scale between the labels and, where they are written, the values. It holds 0."""
    held = [0.0, *(value for row in rows for value in row.values if is_drawable(value))]
    held += [end for row in rows for interval in row.intervals if interval for end in interval]
    labels = max(text_width(clean(row.label)) for row in rows)
    values = max(text_width(note, _VALUE_SIZE) for row in rows for note in row.written())
    return Scale(
        *nice_range(*(value_range(held) if any(held) else (0.0, 1.0))),
        start=min(labels, sizes.labels) + _GAP,
        end=sizes.width - (values + 2 * _GAP if sizes.values else 2 * _GAP),
    )


def _row(row: Bar, series: Sequence[str], x: Scale, top: float, sizes: _Sizes) -> Iterator[str]:
    yield text(x.start - _GAP, top + sizes.row / 2 + 3.5, row.label, width=sizes.labels, anchor="end")
    intervals = row.intervals or (None,) * len(row.values)
    bar_top = top + (sizes.row - sizes.bar * len(series)) / 2
    marks = zip(series, row.values, intervals, row.written(), strict=True)
    for index, (name, value, interval, note) in enumerate(marks, start=row.series):
        if is_drawable(value):
            yield _bar(value, interval, x, bar_top, sizes, index, _told(row.label, name, value, interval))
        if sizes.values:
            ends = [0.0, *(interval or ()), *([value] if is_drawable(value) else [])]
            place = x(max(end for end in ends if is_drawable(end))) + _GAP
            yield text(place, bar_top + sizes.bar - 3, note, size=_VALUE_SIZE, fill=MUTED)
        bar_top += sizes.bar


def _bar(
    value: float,
    interval: tuple[float, float] | None,
    x: Scale,
    top: float,
    sizes: _Sizes,
    index: int,
    told: str,
) -> str:
    left, right = sorted((x(0), x(value)))
    drawn = [
        hint(told),
        element("rect", x=left, y=top + 1, width=right - left, height=sizes.bar - 2, fill=colour(index)),
    ]
    if interval and all(map(is_drawable, interval)):
        middle = top + sizes.bar / 2
        low, high = map(x, interval)
        drawn.append(
            element(
                "path",
                d=points([(low, middle), (high, middle)])
                + "".join(points([(end, middle - 3), (end, middle + 3)]) for end in (low, high)),
                stroke=INK,
                stroke_width=1.5,
            )
        )
    return element("g", *drawn)


def _told(label: str, name: str, value: float, interval: tuple[float, float] | None) -> str:
    heading = f"{isolate(label)}, {name}" if name else isolate(label)
    ends = f" ({number(interval[0])} to {number(interval[1])})" if interval else ""
    return f"{heading}: {number(value)}{ends}"
