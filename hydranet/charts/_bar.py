"""Horizontal bars: class balance, and figures beside each other with their intervals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hydranet.charts._axes import TITLE_HEIGHT, WIDTH, chart, legend, no_data, x_tick_labels
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

_WIDEST_LABEL = 120.0
_GAP = 6.0
_VALUE_SIZE = 10
_VALUE_DIGITS = 4
_MOST_WITH_VALUES = 60  # bars; more of them are drawn thin, without their values
_BELOW = 36.0


@dataclass(frozen=True)
class Bar:
    """One row of a chart.

    Args:
        label: what the row is about.
        values: one for each series; a None, NaN or infinite one has no bar.
        intervals: `(low, high)` or None for each series; none has an interval if it is empty.
    """

    label: str
    values: tuple[float | None, ...]
    intervals: tuple[tuple[float, float] | None, ...] = ()


@dataclass(frozen=True)
class _Sizes:
    bar: float  # from the top of one bar to that of the next
    row: float
    values: bool  # whether they are written beside the bars


def bar_chart(rows: Sequence[Bar], *, title: str, x_label: str, series: Sequence[str] = ()) -> str:
    """Return a chart of horizontal bars, of one colour for each series, with a legend if there are several.

    Args:
        rows: from top to bottom; all have equally many values.
        title: stands above, and is what a screen reader says.
        x_label: what the values are.
        series: what the values of a row are called; may be left out if each row has one.

    Returns:
        An `<svg>` element.

    Raises:
        ValueError: a row has not as many values as there are series, or not as many intervals as values.
    """
    series = series or ("",)
    if not rows:
        return no_data(title)
    sizes = _sizes(len(rows), len(series))
    names, top = legend(series, TITLE_HEIGHT) if len(series) > 1 else ("", TITLE_HEIGHT)
    top += 4
    bottom = top + len(rows) * sizes.row
    x = _scale(rows, sizes)
    drawn = [
        element("path", d=points([(x(tick), top), (x(tick), bottom)]), stroke=GRID)
        for tick in ticks(x.low, x.high)
    ]
    drawn += x_tick_labels(x, bottom)
    drawn.append(text(x.end, bottom + _BELOW - 4, x_label, fill=MUTED, anchor="end", width=x.end))
    for index, row in enumerate(rows):
        drawn += _row(row, series, x, top + index * sizes.row, sizes)
    drawn.append(element("path", d=points([(x(0), top), (x(0), bottom)]), stroke=MUTED))
    return chart(names, *drawn, title=title, height=bottom + _BELOW)


def _sizes(num_rows: int, num_series: int) -> _Sizes:
    if num_rows * num_series <= _MOST_WITH_VALUES:
        return _Sizes(bar=13, row=13 * num_series + 8, values=True)
    return _Sizes(bar=5, row=max(5 * num_series + 4, 14), values=False)


def _scale(rows: Sequence[Bar], sizes: _Sizes) -> Scale:
    """Return the scale between the labels and, where they are written, the values. It holds 0."""
    held = [0.0, *(value for row in rows for value in row.values if is_drawable(value))]
    held += [end for row in rows for interval in row.intervals if interval for end in interval]
    labels = max(text_width(clean(row.label)) for row in rows)
    values = max(text_width(_written(value), _VALUE_SIZE) for row in rows for value in row.values)
    return Scale(
        *nice_range(*(value_range(held) if any(held) else (0.0, 1.0))),
        start=min(labels, _WIDEST_LABEL) + _GAP,
        end=WIDTH - (values + 2 * _GAP if sizes.values else 2 * _GAP),
    )


def _row(row: Bar, series: Sequence[str], x: Scale, top: float, sizes: _Sizes) -> Iterator[str]:
    yield text(x.start - _GAP, top + sizes.row / 2 + 3.5, row.label, width=_WIDEST_LABEL, anchor="end")
    intervals = row.intervals or (None,) * len(row.values)
    bar_top = top + (sizes.row - sizes.bar * len(series)) / 2
    for index, (name, value, interval) in enumerate(zip(series, row.values, intervals, strict=True)):
        if is_drawable(value):
            yield _bar(value, interval, x, bar_top, sizes, index, _told(row.label, name, value, interval))
        if sizes.values:
            ends = [0.0, *(interval or ()), *([value] if is_drawable(value) else [])]
            place = x(max(end for end in ends if is_drawable(end))) + _GAP
            yield text(place, bar_top + sizes.bar - 3, _written(value), size=_VALUE_SIZE, fill=MUTED)
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


def _written(value: float | None) -> str:
    return number(value, digits=_VALUE_DIGITS) if is_drawable(value) else "–"


def _told(label: str, name: str, value: float, interval: tuple[float, float] | None) -> str:
    heading = f"{isolate(label)}, {name}" if name else isolate(label)
    ends = f" ({number(interval[0])} to {number(interval[1])})" if interval else ""
    return f"{heading}: {number(value)}{ends}"
