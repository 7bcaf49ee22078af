"""What several charts are drawn with."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hydranet.report._figure import COLOURS, FAINT, new_figure

_BAR_HEIGHT = 0.38
# An axis that spans more names only powers of ten.
_MANY_TIMES = 200


def horizontal_bars(
    labels: Sequence[str],
    values: Sequence[float],
    what: str,
    *,
    title: str,
    notes: Sequence[str] | None = None,
    colours: Sequence[str] | None = None,
) -> Any:
    """Return a figure with one bar below the other, each with a note behind its end: its value by default."""
    figure = new_figure(7.5, 0.9 + _BAR_HEIGHT * len(values))
    _draw_bars(figure.subplots(), labels, values, what, notes, colours)
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    return figure


def panels_of_bars(panels: Mapping[str, Mapping[str, float]], what: str) -> Any:
    """Return a figure with panels side by side, each with a title and one bar for each label, the same in all."""
    labels = list(next(iter(panels.values())))
    figure = new_figure(2.2 + 3 * len(panels), 0.9 + _BAR_HEIGHT * len(labels))
    grid = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    for axes, (title, bars) in zip(grid, panels.items(), strict=True):
        _draw_bars(axes, labels, [bars[label] for label in labels], what)
        axes.set_title(title)
    return figure


def _draw_bars(
    axes: Any,
    labels: Sequence[str],
    values: Sequence[float],
    what: str,
    notes: Sequence[str] | None = None,
    colours: Sequence[str] | None = None,
) -> None:
    bars = axes.barh(range(len(values)), values, color=colours or COLOURS[0], height=0.7)
    axes.bar_label(bars, notes or [f"{value:,.0f}" for value in values], padding=4, fontsize=9)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_xlabel(what)
    axes.set_xlim(right=1.25 * max(values))
    axes.tick_params(axis="y", length=0)


def use_logarithms(axes: Any, counts: Iterable[float]) -> None:
    """Make both axes logarithmic, when all is drawn, and name the counts that were measured below the first."""
    from matplotlib.ticker import LogLocator

    axes.set_xscale("log")
    axes.set_yscale("log")
    places = sorted(set(counts))
    axes.set_xticks(places, [f"{place:,.0f}" for place in places])
    axes.minorticks_off()
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0,) if high > _MANY_TIMES * low else (1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.grid(color=FAINT, linewidth=0.6)
