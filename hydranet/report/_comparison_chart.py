"""A comparison as one chart: each task on both sides, how sure the difference is, and what the sides cost."""

import math
from collections.abc import Sequence
from typing import Any

from hydranet.comparison import Comparison
from hydranet.report._comparison import Pair, compare_costs, compare_tasks
from hydranet.report._figure import COLOURS, FAINT, INK, new_figure, style
from hydranet.report._units import axis_text, difference_text, value_text

_SUBJECT = {"color": COLOURS[0], "marker": "o"}
_BASELINE = {"color": COLOURS[1], "marker": "s"}
_ROW_HEIGHT, _PANEL_HEIGHT = 0.42, 1.0  # inches: of a task, and of what is around the tasks of a panel


@style()
def draw_comparison(comparison: Comparison) -> Any:
    """Return a `matplotlib.figure.Figure`: a row of panels for each metric, and one for the costs.

    On the left a large mark is the mean over the seeds, a faint one a seed. On the right are the mean of the
    differences between two trainings of one seed and its 95 % interval.

    Raises:
        HydraNetError: matplotlib is missing.
    """
    groups = _by_metric(compare_tasks(comparison))
    costs = compare_costs(comparison)
    heights = [_PANEL_HEIGHT + _ROW_HEIGHT * len(group) for group in [*groups, ("shared", "separate")]]
    figure = new_figure(10, sum(heights) + 0.4)
    figure.get_layout_engine().set(hspace=0.08, wspace=0.06)
    grid = figure.subplots(len(heights), 2, squeeze=False, height_ratios=heights, width_ratios=(3, 2))
    for (values, differences), group in zip(grid, groups, strict=False):
        _draw_values(values, group, comparison)
        _draw_differences(differences, group)
    for axes, cost in zip(grid[-1], costs, strict=True):
        _draw_cost(axes, cost, comparison)
    grid[0, 1].set_title(f"difference with its 95 % interval;\nright of 0: {comparison.subject} is better")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=2)
    return figure


def _by_metric(pairs: Sequence[Pair]) -> list[list[Pair]]:
    return [
        [pair for pair in pairs if pair.metric == name] for name in dict.fromkeys(p.metric for p in pairs)
    ]


def _draw_values(axes: Any, pairs: Sequence[Pair], comparison: Comparison) -> None:
    places = range(len(pairs))
    means = [pair.mean for pair in pairs]
    baseline_means = [pair.baseline_mean for pair in pairs]
    axes.hlines(places, means, baseline_means, color=FAINT, linewidth=4)
    for marks, sides in [(_BASELINE, [p.baselines for p in pairs]), (_SUBJECT, [p.values for p in pairs])]:
        for place, values in enumerate(sides):
            axes.plot(values, [place] * len(values), linestyle="", markersize=4, alpha=0.35, **marks)
    axes.plot(means, places, linestyle="", markersize=9, label=comparison.subject, **_SUBJECT)
    axes.plot(
        baseline_means,
        places,
        linestyle="",
        markersize=9,
        label=comparison.baseline,
        fillstyle="none",
        **_BASELINE,
    )
    axes.set_xlabel(axis_text(pairs[0].metric))
    axes.margins(x=0.08)
    _name_rows(axes, [pair.task for pair in pairs])


def _draw_differences(axes: Any, pairs: Sequence[Pair]) -> None:
    intervals = [pair.difference for pair in pairs]
    axes.axvline(0, color=INK, linewidth=0.8)
    for place, (pair, interval) in enumerate(zip(pairs, intervals, strict=True)):
        axes.plot([interval.low, interval.high], [place, place], color=INK, linewidth=1.5)
        axes.plot(pair.gains, [place] * len(pair.gains), "o", markersize=4, alpha=0.35, color=COLOURS[2])
        axes.plot(interval.mean, place, "D", markersize=7, color=COLOURS[2])
    axes.set_xlabel(difference_text(pairs[0].metric))
    largest = max(abs(end) for interval in intervals for end in (interval.low, interval.high))
    limit = min(1.08 * largest or 1.0, 100.0 if pairs[0].metric == "accuracy" else math.inf)
    axes.set_xlim(-limit, limit)
    _name_rows(axes, [value_text(interval.mean, pairs[0].metric, "+") for interval in intervals])
    axes.yaxis.tick_right()
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _draw_cost(axes: Any, cost: Pair, comparison: Comparison) -> None:
    means = [cost.mean, cost.baseline_mean]
    axes.barh(range(2), means, height=0.55, color=[COLOURS[0], COLOURS[1]])
    for place, mean in enumerate(means):
        axes.annotate(
            value_text(mean, cost.metric), (mean, place), (4, 0), textcoords="offset points", va="center"
        )
    axes.set_xlabel(axis_text(cost.metric))
    axes.margins(x=0.15)
    axes.set_xlim(left=0)
    _name_rows(axes, [comparison.subject, comparison.baseline])


def _name_rows(axes: Any, names: Sequence[str]) -> None:
    """Put names beside the rows, of which the first is at the top."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
