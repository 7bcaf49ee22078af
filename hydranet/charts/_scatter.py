"""Points: what a regression says over what is true."""

from collections.abc import Sequence

from hydranet.charts._axes import WIDTH, Axis, chart, draw_diagonal, make_axes, no_data
from hydranet.charts._scales import is_drawable, nice_range, number, value_range
from hydranet.charts._svg import colour, element, hint, points
from hydranet.charts._thinning import thin

_MOST_DRAWN = 2000
_MOST_HINTS = 200
_HEIGHT = WIDTH - 60


def scatter_chart(
    xs: Sequence[float | None],
    ys: Sequence[float | None],
    *,
    x_label: str,
    y_label: str,
    title: str,
    diagonal: bool = True,
) -> str:
    """Return a chart of points, of at most 2,000, evenly spread over their order.

    Args:
        xs: of the points; None, NaN and infinite ones are left out.
        ys: as many.
        x_label: what x is.
        y_label: what y is.
        title: stands above, and is what a screen reader says.
        diagonal: whether to draw the line where x and y are equal; both axes then have one range.

    Returns:
        An `<svg>` element.

    Raises:
        ValueError: `xs` and `ys` are not equally many.
    """
    pairs = zip(xs, ys, strict=True)
    drawn = [(float(x), float(y)) for x, y in pairs if is_drawable(x) and is_drawable(y)]
    if not drawn:
        return no_data(title)
    x_range = value_range(x for x, _ in drawn)
    y_range = value_range(y for _, y in drawn)
    if diagonal:
        x_range = y_range = value_range([*x_range, *y_range])
    axes = make_axes(Axis(nice_range(*x_range), x_label), Axis(nice_range(*y_range), y_label), height=_HEIGHT)
    shown = thin(drawn, _MOST_DRAWN)
    # Lines of no length with round ends are dots, and a twentieth of the text of as many circles.
    dots = element(
        "path",
        d="".join(f"{points([(axes.x(x), axes.y(y))])}h0" for x, y in shown),
        stroke=colour(0),
        stroke_width=5 if len(shown) <= _MOST_HINTS else 3,
        stroke_linecap="round",
        stroke_opacity=".5",
    )
    hints = [
        element(
            "circle",
            hint(f"{x_label} {number(x)}, {y_label} {number(y)}"),
            cx=axes.x(x),
            cy=axes.y(y),
            r=4,
        )
        for x, y in thin(shown, _MOST_HINTS)
    ]
    return chart(
        axes.drawn,
        draw_diagonal(axes.x, axes.y) if diagonal else "",
        dots,
        element("g", *hints, fill="transparent"),
        title=title,
        height=axes.bottom,
    )
