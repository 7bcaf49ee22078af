"""How long training takes."""

from collections.abc import Mapping, Sequence

from hydranet_bench.drawing import noted_bars, system_colour


def draw_stored_features(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Draw how long training takes with features stored already and without."""
    seconds = [float(row["median_s"]) for row in rows]
    notes = [f"{time:.1f} s" for time in seconds]
    title = f"Training three tasks on {int(rows[0]['num_pictures']):,} pictures"
    return [noted_bars([row["case"] for row in rows], seconds, notes, title=title, x_label="seconds")]


def draw_scikit_learn(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Draw how long the heads take to train on stored features, with the accuracies that they reach."""
    seconds = [float(row["seconds"]) for row in rows]
    notes = [
        f"{time:.2g} s: {100 * float(row['accuracy']):.1f} %" for time, row in zip(seconds, rows, strict=True)
    ]
    return [
        noted_bars(
            [f"{row['task']}, {row['case']}" for row in rows],
            seconds,
            notes,
            title="A head on stored features: time and accuracy",
            x_label="seconds",
            colours=[system_colour(row["case"]) for row in rows],
        )
    ]
