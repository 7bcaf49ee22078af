"""What several suites' charts are drawn with."""

from collections.abc import Mapping, Sequence

from hydranet.charts import Bar, bar_chart

WIDE = 600.0  # of a chart that stands alone
SPEED = "pictures per second"


def speed_bars(labels: Sequence[str], speeds: Sequence[float], title: str, colours: Sequence[int]) -> str:
    """Return a wide chart with one bar below the other, each with its speed behind it."""
    notes = [f"{speed:,.0f}" for speed in speeds]
    return noted_bars(labels, speeds, notes, title=title, x_label=SPEED, colours=colours)


def noted_bars(
    labels: Sequence[str],
    values: Sequence[float],
    notes: Sequence[str],
    *,
    title: str,
    x_label: str,
    colours: Sequence[int] | None = None,
) -> str:
    """Return a wide chart with one bar below the other, each with a note behind it."""
    rows = [
        Bar(label, (value,), notes=(note,), series=colour)
        for label, value, note, colour in zip(
            labels, values, notes, colours or [0] * len(labels), strict=True
        )
    ]
    return bar_chart(rows, title=title, x_label=x_label, width=WIDE)


def speed_panels(panels: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Return a chart of speeds for each title, with one bar for each label."""
    return [
        bar_chart(
            [Bar(label, (speed,), notes=(f"{speed:,.0f}",)) for label, speed in bars.items()],
            title=title,
            x_label=SPEED,
        )
        for title, bars in panels.items()
    ]


def system_colour(system: str) -> int:
    """Return the number of the colour of hydranet, or of what it is compared with."""
    return 0 if system.startswith("hydranet") else 1
