"""How fast the server is."""

from collections.abc import Mapping, Sequence

from hydranet_bench.drawing import speed_bars


def draw_server(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Draw the server's throughput beside that of its bare engine."""
    bars = [
        (f"{row['image_size']} px, {name}", float(row[f"{column}_images_per_second"]), colour)
        for row in rows
        for name, column, colour in (("bare engine", "engine", 1), ("server", "server", 0))
    ]
    labels, speeds, colours = zip(*bars, strict=True)
    return [speed_bars(labels, speeds, f"{rows[0]['num_clients']} clients who ask different heads", colours)]
