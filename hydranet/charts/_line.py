"""Charts of lines: learning curves, penalty paths, ROC and precision-recall curves, costs and speeds that grow."""

from collections.abc import Sequence

from hydranet.charts._axes import (
    WIDTH,
    Axes,
    Axis,
    Tick,
    centred,
    chart,
    draw_diagonal,
    make_axes,
    no_data,
)
from hydranet.charts._legend import legend
from hydranet.charts._line_marks import DrawnLine, Line
from hydranet.charts._scales import is_drawable, nice_log_range, nice_range, number, value_range
from hydranet.charts._svg import INK, element, hint, points, text_width

_HEIGHT = 190.0


def line_chart(
    lines: Sequence[Line],
    *,
    x_label: str,
    y_label: str,
    title: str,
    x_log: bool = False,
    x_integer: bool = False,
    x_ticks: Sequence[Tick] = (),
    y_log: bool = False,
    y_range: tuple[float, float] | None = None,
    diagonal: bool = False,
    marker_x: float | None = None,
    width: float = WIDTH,
) -> str:
    """Return a chart of lines, with a legend below if there are several.

    Args:
        lines: in the order of their colours.
        x_label: what x is.
        y_label: what y is.
        title: stands above, and is what a screen reader says.
        x_log: whether the x axis is logarithmic; points at 0 and below are then gaps.
        x_integer: whether x counts something, such as epochs.
        x_ticks: the values of x that are named, each with its name; by default, round values.
        y_log: whether the y axis is logarithmic; points at 0 and below are then gaps.
        y_range: the ends of the y axis; by default, round values around all that is drawn.
        diagonal: whether to draw the line where x and y are equal.
        marker_x: where to draw a vertical line, such as at the best epoch.
        width: of the chart, in pixels.

    Returns:
        An `<svg>` element.

    Raises:
        ValueError: a line's `xs` and `ys` are not equally many.
    """
    drawn = [DrawnLine(line, index, x_log=x_log, y_log=y_log) for index, line in enumerate(lines)]
    places = [place for line in drawn for place in line.places]
    if not places:
        return no_data(title, width)
    markers = [marker_x] if is_drawable(marker_x, log=x_log) else []
    x_held = value_range([*(x for x, _ in places), *markers], log=x_log)
    y_held = value_range([*(y for _, y in places), *(y for line in drawn for _, y in line.spread)], log=y_log)
    axes = make_axes(
        Axis(x_held, x_label, x_log, x_integer, x_ticks),
        Axis(y_range or (nice_log_range if y_log else nice_range)(*y_held), y_label, y_log),
        height=_HEIGHT,
        width=width,
    )
    names, bottom = "", axes.bottom
    if len(lines) > 1:
        names, bottom = legend([line.entry for line in drawn], bottom, width)
    return chart(
        axes.drawn,
        draw_diagonal(axes.x, axes.y) if diagonal else "",
        *(_marker(x, axes, (x_label, y_label), width) for x in markers),
        *(line.path(axes) for line in drawn),
        *(line.dots(axes) + line.written(axes, width) + line.hints(axes, x_label, y_label) for line in drawn),
        names,
        title=title,
        height=bottom,
        width=width,
    )


def _marker(x: float, axes: Axes, labels: tuple[str, str], width: float) -> str:
    """Draw a vertical line and its value above it, at the right of the y axis's label."""
    place, top, label = axes.x(x), axes.y.end, number(x)
    x_label, y_label = labels
    free_from = text_width(y_label) + 10 + text_width(label) / 2
    line = element(
        "path",
        hint(f"{x_label} {label}"),
        d=points([(place, top - 4), (place, axes.y.start)]),
        stroke=INK,
        stroke_dasharray="1 3",
    )
    return line + centred(max(place, free_from), top - 9, label, width)
