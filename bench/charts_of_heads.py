"""Charts of what many heads take on one shared backbone, and as separate models."""

from collections.abc import Mapping, Sequence
from typing import Any

from hydranet.report._figure import COLOURS, INK, new_figure
from hydranet_bench.drawing import use_logarithms

_KINDS = {
    "separate": {"color": COLOURS[1], "marker": "s", "label": "one model per head"},
    "shared": {"color": COLOURS[0], "marker": "o", "label": "one shared backbone"},
}


def draw_time(rows: Sequence[Mapping[str, str]]) -> Any:
    """Draw time against the number of heads, for each batch size, at the first image size."""
    image_size = rows[0]["image_size"]
    rows = [row for row in rows if row["image_size"] == image_size]
    batch_sizes = list(dict.fromkeys(row["batch_size"] for row in rows))
    figure = new_figure(4.2 * len(batch_sizes), 3.6)
    for axes, batch_size in zip(
        figure.subplots(1, len(batch_sizes), squeeze=False)[0], batch_sizes, strict=True
    ):
        _draw_batch_size(axes, [row for row in rows if row["batch_size"] == batch_size])
        axes.set_title(f"batch of {batch_size}, {image_size} px")
        axes.set_xlabel("heads")
    first = figure.axes[0]
    first.set_ylabel("time of a batch, ms")
    figure.legend(*first.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _draw_batch_size(axes: Any, rows: Sequence[Mapping[str, str]]) -> None:
    heads = [int(row["num_heads"]) for row in rows]
    separate, shared = ([float(row[f"{kind}_ms"]) for row in rows] for kind in ("separate", "shared"))
    num_measured = sum(row["measured"] == "True" for row in rows)
    start = max(num_measured - 1, 0)
    axes.plot(heads[:num_measured], separate[:num_measured], **_KINDS["separate"])
    extrapolated = {**_KINDS["separate"], "markerfacecolor": "none", "linestyle": ":"}
    axes.plot(heads[start:], separate[start:], **{**extrapolated, "label": "extrapolated"}, zorder=1)
    axes.plot(heads, shared, **_KINDS["shared"])
    least = [time / float(row["bound"]) for time, row in zip(separate, rows, strict=True)]
    axes.plot(heads, least, "--", color=INK, linewidth=1, label="least that arithmetic allows")
    faster = f"{float(rows[-1]['times_faster']):,.0f}× faster"
    place = {"textcoords": "offset points", "ha": "right", "va": "center"}
    axes.annotate(faster, (heads[-1], separate[-1]), (-8, 0), **place)
    use_logarithms(axes, heads)


def draw_memory(rows: Sequence[Mapping[str, str]]) -> Any:
    """Draw the memory that the process takes, and the size of what is saved, against the number of heads."""
    figure = new_figure(8.4, 3.4)
    panels = {
        "rss_growth_mb": "memory until the first outputs, MB",
        "model_keras_mb": "model.keras on disk, MB",
    }
    for axes, (column, what) in zip(figure.subplots(1, 2), panels.items(), strict=True):
        for kind, look in _KINDS.items():
            of_kind = [row for row in rows if row["kind"] == kind]
            heads = [int(row["num_heads"]) for row in of_kind]
            axes.plot(heads, [float(row[column]) for row in of_kind], **look)
        use_logarithms(axes, [int(row["num_heads"]) for row in rows])
        axes.set_title(what)
        axes.set_xlabel("heads")
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure
