"""A chart of how operations grow."""

from collections.abc import Mapping, Sequence
from typing import Any

from hydranet.report._figure import line_styles, new_figure
from hydranet_bench.drawing import use_logarithms
from hydranet_bench.growth import slopes


def draw_growth(rows: Sequence[Mapping[str, str]]) -> Any:
    """Draw the time of each operation against the number of pictures, tasks or classes.

    The legend says the exponent between the two largest numbers: 1 is linear.
    """
    grows = list(dict.fromkeys(row["what"] for row in rows))
    figure = new_figure(3 * len(grows), 4.6)
    for axes, what in zip(figure.subplots(1, len(grows), squeeze=False)[0], grows, strict=True):
        _draw_operations(axes, [_timed(row) for row in rows if row["what"] == what])
        axes.set_xlabel(what)
        axes.legend(loc="upper left", bbox_to_anchor=(-0.1, -0.16), fontsize=9)
    figure.axes[0].set_ylabel("seconds")
    return figure


def _timed(row: Mapping[str, str]) -> dict[str, Any]:
    return {
        "operation": row["operation"],
        "count": int(row["count"]),
        "seconds": float(row["seconds"]),
        "grown_mib": 0,
        "disk_mib": 0,
    }


def _draw_operations(axes: Any, rows: Sequence[dict[str, Any]]) -> None:
    exponents = {row["operation"]: row["last_slope"] for row in slopes(rows)}
    for style, operation in zip(line_styles(), dict.fromkeys(row["operation"] for row in rows), strict=False):
        points = [(row["count"], row["seconds"]) for row in rows if row["operation"] == operation]
        exponent = f": {exponents[operation]:.2f}" if operation in exponents else ""
        axes.plot(*zip(*points, strict=True), label=f"{operation}{exponent}", **style)
    use_logarithms(axes, [row["count"] for row in rows])
