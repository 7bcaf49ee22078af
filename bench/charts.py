"""Charts of a results folder, as SVG files that can be read on a light and on a dark page.

Each chart is drawn from the rows of one CSV file.
"""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hydranet.files import atomic_path
from hydranet.report._figure import INK, style
from hydranet_bench.charts_of_growth import draw_growth
from hydranet_bench.charts_of_heads import draw_memory, draw_time
from hydranet_bench.charts_of_speed import (
    draw_distribution,
    draw_engines,
    draw_files_to_predictions,
    draw_input,
    draw_server,
    draw_start_up,
)
from hydranet_bench.charts_of_training import (
    draw_fine_tuning,
    draw_main_job,
    draw_others_prediction,
    draw_scikit_learn,
    draw_stored_features,
)
from hydranet_bench.summary import read_rows

Row = dict[str, str]

# Chart: the CSV file and what draws its rows.
CHARTS: dict[str, tuple[str, Callable[[Sequence[Row]], Any]]] = {
    "heads_time": ("shared_against_separate", draw_time),
    "heads_memory": ("heads_memory", draw_memory),
    "main_job": ("main_job", draw_main_job),
    "others_prediction": ("others_prediction", draw_others_prediction),
    "stored_features": ("stored_features", draw_stored_features),
    "scikit_learn": ("scikit_learn", draw_scikit_learn),
    "fine_tuning": ("fine_tuning", draw_fine_tuning),
    "engines": ("engines", draw_engines),
    "files_to_predictions": ("files_to_predictions", draw_files_to_predictions),
    "start_up": ("start_up", draw_start_up),
    "server": ("server", draw_server),
    "input": ("input", draw_input),
    "growth": ("growth", draw_growth),
    "distribution": ("distribution", draw_distribution),
}
# Text and lines: a grey with a contrast of about four to both white and black.
_GREY = "#768390"
_NO_METADATA = ("Date", "Creator", "Format", "Type")


def draw_charts(results: Path, folder: Path) -> tuple[list[Path], list[str]]:
    """Draw what there are figures for, as `folder/NAME.svg`; return the files, and the CSV files that are missing."""
    drawn, missing = [], []
    for name, (source, draw) in CHARTS.items():
        path = results / f"{source}.csv"
        if not path.is_file():
            missing.append(path.name)
            continue
        folder.mkdir(parents=True, exist_ok=True)
        with style():
            svg = _svg(draw(read_rows(path)))
        drawn.append(folder / f"{name}.svg")
        with atomic_path(drawn[-1]) as temporary:
            temporary.write_text(svg, encoding="utf-8")
    return drawn, missing


def _svg(figure: Any) -> str:
    """Return a file with a transparent background; the same figure gives the same text."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata=dict.fromkeys(_NO_METADATA))
    return text.getvalue().replace(INK, _GREY)
