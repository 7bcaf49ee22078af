"""Charts of how long training takes."""

from collections.abc import Mapping, Sequence
from typing import Any

from hydranet.report._figure import COLOURS, FAINT, new_figure
from hydranet_bench.drawing import horizontal_bars

_ACCURACY = "_accuracy"


def draw_main_job(rows: Sequence[Mapping[str, str]]) -> Any:
    """Draw how long whole trainings take, with the accuracies that they end with."""
    tasks = [name.removesuffix(_ACCURACY) for name in rows[0] if name.endswith(_ACCURACY)]
    seconds = [float(row["seconds"]) for row in rows]
    notes = [
        f"{time:.0f} s: {' · '.join(f'{100 * float(row[task + _ACCURACY]):.1f}' for task in tasks)} %"
        for time, row in zip(seconds, rows, strict=True)
    ]
    what = "seconds from the start of the process to its end"
    title = f"Training: time, and accuracy of {', '.join(tasks)}"
    jobs, colours = [row["job"] for row in rows], [_colour(row["job"]) for row in rows]
    return horizontal_bars(jobs, seconds, what, title=title, notes=notes, colours=colours)


def draw_others_prediction(rows: Sequence[Mapping[str, str]]) -> Any:
    """Draw the throughput from files to the answers of all tasks, by system."""
    speeds = [float(row["images_per_second"]) for row in rows]
    title = f"Prediction: from files to the answers of three tasks, {rows[0]['image_size']} px"
    systems, colours = [row["system"] for row in rows], [_colour(row["system"]) for row in rows]
    return horizontal_bars(systems, speeds, "pictures per second", title=title, colours=colours)


def draw_stored_features(rows: Sequence[Mapping[str, str]]) -> Any:
    """Draw how long training takes with features stored already and without."""
    seconds = [float(row["median_s"]) for row in rows]
    notes = [f"{time:.1f} s" for time in seconds]
    title = f"Training three tasks on {int(rows[0]['num_pictures']):,} pictures"
    return horizontal_bars([row["case"] for row in rows], seconds, "seconds", title=title, notes=notes)


def draw_scikit_learn(rows: Sequence[Mapping[str, str]]) -> Any:
    """Draw how long the heads take to train on stored features, with the accuracies that they reach."""
    seconds = [float(row["seconds"]) for row in rows]
    notes = [
        f"{time:.2g} s: {100 * float(row['accuracy']):.1f} %" for time, row in zip(seconds, rows, strict=True)
    ]
    labels, colours = (
        [f"{row['task']}, {row['case']}" for row in rows],
        [_colour(row["case"]) for row in rows],
    )
    title = "A head on stored features: time and accuracy"
    return horizontal_bars(labels, seconds, "seconds", title=title, notes=notes, colours=colours)


def draw_fine_tuning(rows: Sequence[Mapping[str, str]]) -> Any:
    """Draw the throughput of fine-tuning against what is unfrozen, on stored and on computed activations."""
    figure = new_figure(7, 3.6)
    axes = figure.subplots()
    names = list(dict.fromkeys(row["unfreeze"] for row in rows))
    for case, colour, marker in (("stored", COLOURS[0], "o"), ("computed", COLOURS[1], "s")):
        of_case = [row for row in rows if row["activations"] == case]
        places = [names.index(row["unfreeze"]) for row in of_case]
        speeds = [float(row["images_per_second"]) for row in of_case]
        axes.plot(places, speeds, color=colour, marker=marker, label=f"activations {case}")
        for place, speed in zip(places, speeds, strict=True):
            axes.annotate(f"{speed:,.0f}", (place, speed), (5, 5), textcoords="offset points", fontsize=9)
    shares = {row["unfreeze"]: float(row["share_of_multiply_adds"]) for row in rows}
    axes.set_xticks(range(len(names)), [f"{name}\n{shares[name]:.0%}" for name in names])
    axes.set_xlabel("unfrozen, and its share of the backbone's multiply-adds")
    axes.set_ylabel("pictures per second")
    axes.set_ylim(bottom=0)
    axes.margins(x=0.08, y=0.12)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.legend()
    return figure


def _colour(system: str) -> str:
    return COLOURS[0] if system.startswith("hydranet") else COLOURS[1]
