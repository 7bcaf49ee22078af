"""Charts of a results folder, as SVG files that can be read on a light and on a dark page.

Each is drawn from the rows of one CSV file.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from hydranet.charts import write_charts
from hydranet_bench.distribution.charts import draw_distribution
from hydranet_bench.engines.charts import draw_engines
from hydranet_bench.fine_tuning.charts import draw_fine_tuning
from hydranet_bench.growth.charts import draw_growth
from hydranet_bench.heads.charts import draw_memory, draw_time
from hydranet_bench.inference.charts import draw_files_to_predictions, draw_start_up
from hydranet_bench.input.charts import draw_input
from hydranet_bench.others.charts import draw_main_job, draw_others_prediction
from hydranet_bench.quality.charts import draw_few_pictures
from hydranet_bench.server.charts import draw_server
from hydranet_bench.streaming.charts import draw_streaming
from hydranet_bench.summary import read_rows
from hydranet_bench.training.charts import draw_scikit_learn, draw_stored_features

Row = dict[str, str]

# File of charts: the CSV file and what draws its rows.
CHARTS: dict[str, tuple[str, Callable[[Sequence[Row]], list[str]]]] = {
    "heads_time": ("shared_against_separate", draw_time),
    "heads_memory": ("heads_memory", draw_memory),
    "main_job": ("main_job", draw_main_job),
    "others_prediction": ("others_prediction", draw_others_prediction),
    "stored_features": ("stored_features", draw_stored_features),
    "scikit_learn": ("scikit_learn", draw_scikit_learn),
    "fine_tuning": ("fine_tuning", draw_fine_tuning),
    "few_pictures": ("few_pictures", draw_few_pictures),
    "engines": ("engines", draw_engines),
    "files_to_predictions": ("files_to_predictions", draw_files_to_predictions),
    "start_up": ("start_up", draw_start_up),
    "server": ("server", draw_server),
    "streaming": ("streaming", draw_streaming),
    "input": ("input", draw_input),
    "growth": ("growth", draw_growth),
    "distribution": ("distribution", draw_distribution),
}


def draw_charts(results: Path, folder: Path) -> tuple[list[Path], list[str]]:
    """Draw what there are figures for, as `folder/NAME.svg`; return the files, and the CSV files that are missing."""
    drawn, missing = [], []
    for name, (source, draw) in CHARTS.items():
        path = results / f"{source}.csv"
        if not path.is_file():
            missing.append(path.name)
            continue
        folder.mkdir(parents=True, exist_ok=True)
        drawn.append(folder / f"{name}.svg")
        write_charts(drawn[-1], draw(read_rows(path)), title=name.replace("_", " "))
    return drawn, missing
