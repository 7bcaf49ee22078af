"""Charts of how fast answers are."""

from collections.abc import Mapping, Sequence
from typing import Any

from hydranet.report._figure import COLOURS
from hydranet_bench.drawing import horizontal_bars, panels_of_bars

_SPEED = "pictures per second"
_PRECISIONS = ("float32", "bfloat16", "float16", "int8")


def draw_engines(rows: Sequence[Mapping[str, str]]) -> Any:
    """Draw the throughput of the bare backbone by engine and precision, at the largest size and batch."""
    largest = {column: max((row[column] for row in rows), key=int) for column in ("image_size", "batch_size")}
    title = f"The bare backbone, batch of {largest['batch_size']}, {largest['image_size']} px"
    return _speeds([row for row in rows if largest.items() <= row.items()], title)


def draw_files_to_predictions(rows: Sequence[Mapping[str, str]]) -> Any:
    """Draw the throughput from files to decoded predictions, at the largest size."""
    size = max((row["image_size"] for row in rows), key=int)
    rows = [row for row in rows if row["image_size"] == size and row["case"] == "predict"]
    return _speeds(rows, f"From files to the predictions of {rows[0]['num_heads']} heads, {size} px")


def draw_start_up(rows: Sequence[Mapping[str, str]]) -> Any:
    """Draw how long each engine takes from the shell to the answer for one picture."""
    seconds = [float(row["median_s"]) for row in rows]
    notes = [f"{value:.1f} s" for value in seconds]
    title = "From the shell to one picture's answer"
    return horizontal_bars([row["engine"] for row in rows], seconds, "seconds", title=title, notes=notes)


def draw_server(rows: Sequence[Mapping[str, str]]) -> Any:
    """Draw the server's throughput beside that of its bare engine."""
    bars = [
        (f"{row['image_size']} px, {name}", float(row[f"{column}_images_per_second"]), colour)
        for row in rows
        for name, column, colour in (("bare engine", "engine", COLOURS[1]), ("server", "server", COLOURS[0]))
    ]
    labels, speeds, colours = zip(*bars, strict=True)
    title = f"{rows[0]['num_clients']} clients who ask different heads"
    return horizontal_bars(labels, speeds, _SPEED, title=title, colours=colours)


def draw_input(rows: Sequence[Mapping[str, str]]) -> Any:
    """Draw how fast JPEGs of each size are decoded and resized, on one thread."""
    panels: dict[str, dict[str, float]] = {}
    for row in rows:
        if row["threads"] == "1":
            title = f"JPEGs of {float(row['megapixels']):.2g} megapixels, one thread"
            panels.setdefault(title, {})[row["case"]] = float(row["images_per_second"])
    return panels_of_bars(panels, _SPEED)


def draw_distribution(rows: Sequence[Mapping[str, str]]) -> Any:
    """Draw the throughput of replicas and workers, for each kind of work."""
    panels: dict[str, dict[str, float]] = {}
    for row in rows:
        replicas, workers = int(row["replicas"]), int(row["workers"])
        group = f"{workers} workers" if workers > 1 else f"{replicas} replica{'s'[: replicas > 1]}"
        panels.setdefault(row["what"], {})[f"{row['device']}, {group}"] = float(row["images_per_second"])
    return panels_of_bars(panels, _SPEED)


def _speeds(rows: Sequence[Mapping[str, str]], title: str) -> Any:
    """Draw one bar for each engine and precision; the colour is the precision's."""
    speeds = [float(row["images_per_second"]) for row in rows]
    colours = [COLOURS[_PRECISIONS.index(row["precision"])] for row in rows]
    labels = [f"{row['engine']} {row['precision']}" for row in rows]
    return horizontal_bars(labels, speeds, _SPEED, title=title, colours=colours)
