"""How good heads are."""

from collections.abc import Mapping, Sequence

from hydranet_bench.drawing import noted_bars, system_colour


def draw_few_pictures(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Draw the mean accuracy over all sets, for each number of pictures of a class."""
    settings = dict.fromkeys((row["pictures_per_class"], row["case"]) for row in rows)
    means = {setting: _mean(rows, setting) for setting in settings}
    return [
        noted_bars(
            [f"{shots} of a class, {case}" for shots, case in settings],
            list(means.values()),
            [f"{mean:.1f} %" for mean in means.values()],
            title="Heads from few pictures",
            x_label="mean accuracy in percent",
            colours=[system_colour(case) for _, case in settings],
        )
    ]


def _mean(rows: Sequence[Mapping[str, str]], setting: tuple[str, str]) -> float:
    accuracies = [
        float(row["accuracy"]) for row in rows if (row["pictures_per_class"], row["case"]) == setting
    ]
    return 100 * sum(accuracies) / len(accuracies)
