"""How operations grow."""

from collections.abc import Mapping, Sequence
from typing import Any

from hydranet.charts import Line, line_chart
from hydranet_bench.growth.growth import slopes


def draw_growth(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Draw the time of each operation against the number of pictures, tasks or classes.

    The legend says the exponent between the two largest numbers: 1 is linear.
    """
    grows = dict.fromkeys(row["what"] for row in rows)
    return [_draw_operations(what, [_timed(row) for row in rows if row["what"] == what]) for what in grows]


def _timed(row: Mapping[str, str]) -> dict[str, Any]:
    return {
        "operation": row["operation"],
        "count": int(row["count"]),
        "seconds": float(row["seconds"]),
        "grown_mib": 0,
        "disk_mib": 0,
    }


def _draw_operations(what: str, rows: Sequence[dict[str, Any]]) -> str:
    exponents = {row["operation"]: row["last_slope"] for row in slopes(rows)}
    lines = []
    for operation in dict.fromkeys(row["operation"] for row in rows):
        points = [(row["count"], row["seconds"]) for row in rows if row["operation"] == operation]
        exponent = f": {exponents[operation]:.2f}" if operation in exponents else ""
        lines.append(Line(f"{operation}{exponent}", *zip(*points, strict=True)))
    return line_chart(
        lines,
        title=f"Growth with {what}",
        x_label=what,
        y_label="seconds",
        x_log=True,
        y_log=True,
        x_ticks=[(count, f"{count:,}") for count in sorted({row["count"] for row in rows})],
    )
