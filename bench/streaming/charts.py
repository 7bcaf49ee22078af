"""What keeping the features of earlier time steps saves."""

from collections.abc import Mapping, Sequence

from hydranet_bench.drawing import noted_bars


def draw_streaming(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Draw the time of a new step, with features kept and for the whole window."""
    setting = rows[0]
    times = [float(row["median_ms"]) for row in rows]
    title = f"{setting['cameras']} cameras, {setting['steps']} steps, {setting['heads']} heads"
    labels = [row["case"] for row in rows]
    notes = [f"{time:,.0f} ms" for time in times]
    return [noted_bars(labels, times, notes, title=title, x_label="time until the answers to a new step, ms")]
