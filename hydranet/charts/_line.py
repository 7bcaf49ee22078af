"""Lines: learning curves, penalty paths, ROC and precision-recall curves."""

from collections.abc import Sequence
from dataclasses import dataclass

from hydranet.charts._axes import Axes, centred, chart, draw_diagonal, legend, make_axes, no_data
from hydranet.charts._scales import is_drawable, nice_range, number, value_range
from hydranet.charts._svg import INK, colour, element, hint, isolate, points, text_width
from hydranet.charts._thinning import thin

_HEIGHT = 190.0
_MOST_DRAWN = 500  # points of a line
_MOST_HINTS = 40
_MOST_DOTS = 15  # the points of a longer line are not marked

_Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Args:
        name: what the legend calls it.
        xs: in the order in which they are joined.
        ys: as many; the line has a gap where a value is None, NaN or infinite.
        dashed: whether it is drawn dashed.
    """

    name: str
    xs: Sequence[float | None]
    ys: Sequence[float | None]
    dashed: bool = False


def line_chart(
    lines: Sequence[Line],
    *,
    x_label: str,
    y_label: str,
    title: str,
    x_log: bool = False,
    x_integer: bool = False,
    y_range: tuple[float, float] | None = None,
    diagonal: bool = False,
    marker_x: float | None = None,
) -> str:
    """Return a chart of lines, with a legend below if there are several.

    Args:
        lines: in the order of their colours.
        x_label: what x is.
        y_label: what y is.
        title: stands above, and is what a screen reader says.
        x_log: whether the x axis is logarithmic; points at 0 and below are then gaps.
        x_integer: whether x counts something, such as epochs.
        y_range: the ends of the y axis; by default, round values around all that is drawn.
        diagonal: whether to draw the line where x and y are equal.
        marker_x: where to draw a vertical line, such as at the best epoch.

    Returns:
        An `<svg>` element.

    Raises:
        ValueError: a line's `xs` and `ys` are not equally many.
    """
    segments = [_segments(line, x_log) for line in lines]
    drawn = [point for parts in segments for part in parts for point in part]
    if not drawn:
        return no_data(title)
    markers = [marker_x] if is_drawable(marker_x, log=x_log) else []
    axes = make_axes(
        value_range([*(x for x, _ in drawn), *markers], log=x_log),
        y_range or nice_range(*value_range(y for _, y in drawn)),
        x_label=x_label,
        y_label=y_label,
        height=_HEIGHT,
        x_log=x_log,
        x_integer=x_integer,
    )
    paths, dots = [], []
    for index, (line, parts) in enumerate(zip(lines, segments, strict=True)):
        paths.append(_path(parts, axes, colour(index), line.dashed))
        dots.append(_dots(parts, axes, colour(index), line.name, (x_label, y_label)))
    names, bottom = "", axes.bottom
    if len(lines) > 1:
        names, bottom = legend([line.name for line in lines], bottom, dashed=[line.dashed for line in lines])
    return chart(
        axes.drawn,
        draw_diagonal(axes.x, axes.y) if diagonal else "",
        *(_marker(x, axes, x_label, y_label) for x in markers),
        *paths,
        *dots,
        names,
        title=title,
        height=bottom,
    )


def _segments(line: Line, x_log: bool) -> list[list[_Point]]:
    """Divide a line at its gaps."""
    segments: list[list[_Point]] = [[]]
    for x, y in zip(line.xs, line.ys, strict=True):
        if is_drawable(x, log=x_log) and is_drawable(y):
            segments[-1].append((float(x), float(y)))
        elif segments[-1]:
            segments.append([])
    return [segment for segment in segments if segment]


def _path(segments: list[list[_Point]], axes: Axes, stroke: str, dashed: bool) -> str:
    places = "".join(
        points((axes.x(x), axes.y(y)) for x, y in thin(segment, _MOST_DRAWN))
        for segment in segments
        if len(segment) > 1
    )
    if not places:
        return ""
    return element(
        "path",
        d=places,
        fill="none",
        stroke=stroke,
        stroke_width=2,
        stroke_linejoin="round",
        stroke_dasharray="5 3" if dashed else None,
    )


def _dots(segments: list[list[_Point]], axes: Axes, fill: str, name: str, labels: tuple[str, str]) -> str:
    """Mark the points of a short line and those that stand alone; every mark, seen or not, tells its values."""
    x_label, y_label = labels
    all_points = [point for segment in segments for point in segment]
    alone = [segment[0] for segment in segments if len(segment) == 1]
    seen = all_points if len(all_points) <= _MOST_DOTS else alone
    dots = [element("circle", cx=axes.x(x), cy=axes.y(y), r=2.5) for x, y in seen]
    hints = [
        element(
            "circle",
            hint(f"{isolate(name)}: {y_label} {number(y)}, {x_label} {number(x)}"),
            cx=axes.x(x),
            cy=axes.y(y),
            r=6,
        )
        for x, y in thin(all_points, _MOST_HINTS)
    ]
    return (element("g", *dots, fill=fill) if dots else "") + (
        element("g", *hints, fill="transparent") if hints else ""
    )


def _marker(x: float, axes: Axes, x_label: str, y_label: str) -> str:
    """Draw a vertical line and its value above it, at the right of the y axis's label."""
    place, top = axes.x(x), axes.y.end
    label = number(x)
    free_from = text_width(y_label) + 10 + text_width(label) / 2
    line = element(
        "path",
        hint(f"{x_label} {label}"),
        d=points([(place, top - 4), (place, axes.y.start)]),
        stroke=INK,
        stroke_dasharray="1 3",
    )
    return line + centred(max(place, free_from), top - 9, label)
