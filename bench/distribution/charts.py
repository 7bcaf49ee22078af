"""How fast several replicas and workers are."""

from collections.abc import Mapping, Sequence

from hydranet_bench.drawing import speed_panels


def draw_distribution(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Draw the throughput of replicas and workers, for each kind of work."""
    panels: dict[str, dict[str, float]] = {}
    for row in rows:
        replicas, workers = int(row["replicas"]), int(row["workers"])
        group = f"{workers} workers" if workers > 1 else f"{replicas} replica{'s'[: replicas > 1]}"
        panels.setdefault(row["what"], {})[f"{row['device']}, {group}"] = float(row["images_per_second"])
    return speed_panels(panels)
