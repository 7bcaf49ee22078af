"""Is what a head says with 80 % confidence right in 80 % of the cases?"""

import math
from collections.abc import Sequence

from hydranet.charts._axes import WIDTH, Axis, chart, draw_diagonal, make_axes, no_data
from hydranet.charts._scales import is_drawable, number
from hydranet.charts._svg import colour, element, hint, points

_HEIGHT = WIDTH - 60
_LARGEST_RADIUS = 13.0
_SMALLEST_RADIUS = 2.5


def calibration_chart(
    confidence: Sequence[float], accuracy: Sequence[float], counts: Sequence[int], *, title: str
) -> str:
    """Return a reliability diagram: a point for each bin of confidence, with an area like its number of answers.

    Below the diagonal, answers are surer than they are right.
    Guo et al., 2017, https://arxiv.org/abs/1706.04599

    Args:
        confidence: mean of each bin, in [0, 1].
        accuracy: share of each bin's answers that are right, in [0, 1].
        counts: how many answers each bin has.
        title: stands above, and is what a screen reader says.

    Returns:
        An `<svg>` element.

    Raises:
        ValueError: the three are not equally many.
    """
    bins = [
        (float(x), float(y), int(count))
        for x, y, count in zip(confidence, accuracy, counts, strict=True)
        if is_drawable(x) and is_drawable(y) and count > 0
    ]
    if not bins:
        return no_data(title)
    axes = make_axes(Axis((0.0, 1.0), "confidence"), Axis((0.0, 1.0), "accuracy"), height=_HEIGHT)
    most = max(count for _, _, count in bins)
    marks = [
        element(
            "circle",
            hint(f"confidence {number(x)}, accuracy {number(y)}, {number(count)} answers"),
            cx=axes.x(x),
            cy=axes.y(y),
            r=max(_SMALLEST_RADIUS, _LARGEST_RADIUS * math.sqrt(count / most)),
        )
        for x, y, count in sorted(bins, key=lambda entry: -entry[2])
    ]
    return chart(
        axes.drawn,
        draw_diagonal(axes.x, axes.y),
        element(
            "path",
            d=points((axes.x(x), axes.y(y)) for x, y, _ in sorted(bins)),
            fill="none",
            stroke=colour(0),
        ),
        element("g", *marks, fill=colour(0), fill_opacity=".55", stroke=colour(0)),
        title=title,
        height=axes.bottom,
    )
