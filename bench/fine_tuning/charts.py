"""How fast fine-tuning is."""

from collections.abc import Mapping, Sequence

from hydranet.charts import Line, line_chart
from hydranet_bench.drawing import SPEED, WIDE


def draw_fine_tuning(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Draw the throughput of fine-tuning against what is unfrozen, on stored and on computed activations."""
    names = list(dict.fromkeys(row["unfreeze"] for row in rows))
    lines = []
    for case in ("stored", "computed"):
        of_case = [row for row in rows if row["activations"] == case]
        places = [names.index(row["unfreeze"]) for row in of_case]
        speeds = [float(row["images_per_second"]) for row in of_case]
        notes = [f"{speed:,.0f}" for speed in speeds]
        lines.append(Line(f"activations {case}", places, speeds, notes=notes))
    shares = {row["unfreeze"]: float(row["share_of_multiply_adds"]) for row in rows}
    fastest = max(float(row["images_per_second"]) for row in rows)
    return [
        line_chart(
            lines,
            title="Fine-tuning",
            x_label="unfrozen, and its share of the backbone's multiply-adds",
            y_label=SPEED,
            x_ticks=[(place, f"{name} {shares[name]:.0%}") for place, name in enumerate(names)],
            y_range=(0.0, 1.1 * fastest),
            width=WIDE,
        )
    ]
