"""The same tasks with hydranet and with what one would use instead."""

from collections.abc import Mapping, Sequence

from hydranet_bench.drawing import noted_bars, speed_bars, system_colour

_ACCURACY = "_accuracy"


def draw_main_job(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Draw how long whole trainings take, with the accuracies that they end with."""
    tasks = [name.removesuffix(_ACCURACY) for name in rows[0] if name.endswith(_ACCURACY)]
    seconds = [float(row["seconds"]) for row in rows]
    notes = [
        f"{time:.0f} s: {' · '.join(f'{100 * float(row[task + _ACCURACY]):.1f}' for task in tasks)} %"
        for time, row in zip(seconds, rows, strict=True)
    ]
    jobs = [row["job"] for row in rows]
    return [
        noted_bars(
            jobs,
            seconds,
            notes,
            title=f"Training: time, and accuracy of {', '.join(tasks)}",
            x_label="seconds from the start of the process to its end",
            colours=[system_colour(job) for job in jobs],
        )
    ]


def draw_others_prediction(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Draw the throughput from files to the answers of all tasks, by system."""
    systems = [row["system"] for row in rows]
    speeds = [float(row["images_per_second"]) for row in rows]
    title = f"Prediction: from files to the answers of three tasks, {rows[0]['image_size']} px"
    return [speed_bars(systems, speeds, title, [system_colour(system) for system in systems])]
