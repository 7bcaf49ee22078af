"""How fast pictures are read."""

from collections.abc import Mapping, Sequence

from hydranet_bench.drawing import speed_panels


def draw_input(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Draw how fast JPEGs of each size are decoded and resized, on one thread."""
    panels: dict[str, dict[str, float]] = {}
    for row in rows:
        if row["threads"] == "1":
            title = f"JPEGs of {float(row['megapixels']):.2g} megapixels, one thread"
            panels.setdefault(title, {})[row["case"]] = float(row["images_per_second"])
    return speed_panels(panels)
