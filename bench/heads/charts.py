"""What many heads take on one shared backbone, and as separate models."""

from collections.abc import Mapping, Sequence

from hydranet.charts import Line, line_chart

_KINDS = {"shared": "one shared backbone", "separate": "one model per head"}
_BOUND_COLOUR = 7


def draw_time(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Draw time against the number of heads, for each batch size, at the first image size."""
    rows = [row for row in rows if row["image_size"] == rows[0]["image_size"]]
    batch_sizes = dict.fromkeys(row["batch_size"] for row in rows)
    return [_draw_batch_size([row for row in rows if row["batch_size"] == size]) for size in batch_sizes]


def _draw_batch_size(rows: Sequence[Mapping[str, str]]) -> str:
    heads = [int(row["num_heads"]) for row in rows]
    separate, shared = ([float(row[f"{kind}_ms"]) for row in rows] for kind in ("separate", "shared"))
    least = [time / float(row["bound"]) for time, row in zip(separate, rows, strict=True)]
    num_measured = sum(row["measured"] == "True" for row in rows)
    start = max(num_measured - 1, 0)
    faster = [*[""] * (len(rows) - start - 1), f"{float(rows[-1]['times_faster']):,.0f}× faster"]
    return line_chart(
        [
            Line(_KINDS["shared"], heads, shared),
            Line(_KINDS["separate"], heads[:num_measured], separate[:num_measured]),
            Line("extrapolated", heads[start:], separate[start:], dashed=True, series=1, notes=faster),
            Line("least that arithmetic allows", heads, least, dashed=True, series=_BOUND_COLOUR),
        ],
        title=f"Batch of {rows[0]['batch_size']}, {rows[0]['image_size']} px",
        x_label="heads",
        y_label="time of a batch, ms",
        x_log=True,
        y_log=True,
        x_ticks=_named(heads),
    )


def draw_memory(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Draw the memory that the process takes, and the size of what is saved, against the number of heads."""
    panels = {
        "rss_growth_mb": "Memory until the first outputs",
        "model_keras_mb": "Size of model.keras",
    }
    return [_draw_size(rows, column, title) for column, title in panels.items()]


def _draw_size(rows: Sequence[Mapping[str, str]], column: str, title: str) -> str:
    lines = []
    for kind, name in _KINDS.items():
        of_kind = [row for row in rows if row["kind"] == kind]
        lines.append(
            Line(name, [int(row["num_heads"]) for row in of_kind], [float(row[column]) for row in of_kind])
        )
    return line_chart(
        lines,
        title=title,
        x_label="heads",
        y_label="MB",
        x_log=True,
        y_log=True,
        x_ticks=_named({int(row["num_heads"]) for row in rows}),
    )


def _named(counts: Sequence[int] | set[int]) -> list[tuple[float, str]]:
    return [(count, f"{count:,}") for count in sorted(counts)]
