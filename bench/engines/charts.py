"""How fast engines are."""

from collections.abc import Mapping, Sequence

from hydranet_bench.drawing import speed_bars

_PRECISIONS = ("float32", "bfloat16", "float16", "int8")


def draw_engines(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Draw the throughput of the bare backbone by engine and precision, at the largest size and batch."""
    largest = {column: max((row[column] for row in rows), key=int) for column in ("image_size", "batch_size")}
    title = f"The bare backbone, batch of {largest['batch_size']}, {largest['image_size']} px"
    return [engine_bars([row for row in rows if largest.items() <= row.items()], title)]


def engine_bars(rows: Sequence[Mapping[str, str]], title: str) -> str:
    """Return one bar for each engine and precision; the colour is the precision's."""
    labels = [f"{row['engine']} {row['precision']}" for row in rows]
    speeds = [float(row["images_per_second"]) for row in rows]
    return speed_bars(labels, speeds, title, [_PRECISIONS.index(row["precision"]) for row in rows])
