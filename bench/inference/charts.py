"""How soon answers are there."""

from collections.abc import Mapping, Sequence

from hydranet_bench.drawing import noted_bars
from hydranet_bench.engines.charts import engine_bars


def draw_files_to_predictions(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Draw the throughput from files to decoded predictions, at the largest size."""
    size = max((row["image_size"] for row in rows), key=int)
    rows = [row for row in rows if row["image_size"] == size and row["case"] == "predict"]
    return [engine_bars(rows, f"From files to the predictions of {rows[0]['num_heads']} heads, {size} px")]


def draw_start_up(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Draw how long each engine takes from the shell to the answer for one picture."""
    engines, seconds = [row["engine"] for row in rows], [float(row["median_s"]) for row in rows]
    notes = [f"{value:.1f} s" for value in seconds]
    title = "From the shell to one picture's answer"
    return [noted_bars(engines, seconds, notes, title=title, x_label="seconds")]
