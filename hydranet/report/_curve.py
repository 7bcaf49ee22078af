"""What accuracy costs, as a picture: sharing the trained layers on the left, a copy for each task on the right."""

from collections.abc import Sequence
from itertools import groupby
from statistics import fmean
from typing import Any

from hydranet.comparison import Tails, TradeOff
from hydranet.report._figure import FAINT, INK, line_styles, new_figure, style
from hydranet.report._trade_off import by_position
from hydranet.report._units import axis_text, scale

_MEAN = "mean of the tasks"
_COST = "cost relative to one backbone"


@style()
def draw_curve(points: Sequence[TradeOff]) -> Any:
    """Return a `matplotlib.figure.Figure`: each task's main metric, and their mean, over the cost of all answers.

    The cost is relative to one backbone. A line is the mean over the seeds, a faint dot one seed. Tasks that are
    judged by another metric have axes of their own.

    Args:
        points: as `trade_off` returns them.

    Raises:
        HydraNetError: matplotlib is missing.
    """
    tasks_by_metric = {metric: list(values) for metric, values in points[0].main_metrics().items()}
    figure = new_figure(10, 1 + 4 * len(tasks_by_metric))
    grid = figure.subplots(len(tasks_by_metric), 2, sharey="row", squeeze=False, width_ratios=(2, 3))
    looks = line_styles()
    for (shared, own), (metric, tasks) in zip(grid, tasks_by_metric.items(), strict=True):
        shared.set_ylabel(axis_text(metric))
        chosen = {task: next(looks) for task in tasks}
        _draw_shared(shared, _positions(points, "shared"), metric, chosen)
        _draw_own(own, _positions(points, "own"), metric, chosen)
    handles = {line.get_label(): line for axes in grid[:, 1] for line in axes.get_lines() if _is_named(line)}
    figure.legend(handles.values(), handles, loc="outside right center")
    return figure


def _positions(points: Sequence[TradeOff], tails: Tails) -> list[list[TradeOff]]:
    return [position for position in by_position(points) if position[0].tails in {"frozen", tails}]


def _draw_shared(
    axes: Any, positions: list[list[TradeOff]], metric: str, looks: dict[str, dict[str, Any]]
) -> None:
    """Draw one place for each cut, because wherever it is, what is shared costs hardly more."""
    places = list(range(len(positions)))
    _draw_lines(axes, places, positions, metric, looks)
    labels = [f"{_name(position)}\n{_cost(position):.2f}×" for position in positions]
    axes.set_xticks(places, labels)
    axes.set_xlabel(f"one trained top for all tasks\n({_COST})")
    axes.margins(x=0.15)


def _draw_own(
    axes: Any, positions: list[list[TradeOff]], metric: str, looks: dict[str, dict[str, Any]]
) -> None:
    positions = sorted(positions, key=_cost)
    costs = [_cost(position) for position in positions]
    _draw_lines(axes, costs, positions, metric, looks)
    axes.set_xlabel(f"a trained top for each task\n({_COST})")
    axes.locator_params(axis="x", nbins=6)
    axes.xaxis.set_major_formatter("{x:g}×")
    names = axes.secondary_xaxis("top")
    names_at = _names_by_cost(positions)
    names.set_xticks(list(names_at), names_at.values(), rotation=40, ha="left")
    names.spines["top"].set_visible(False)
    axes.vlines(costs, 0, 1, transform=axes.get_xaxis_transform(), color=FAINT, linewidth=1, zorder=0)


def _draw_lines(
    axes: Any,
    places: Sequence[float],
    positions: list[list[TradeOff]],
    metric: str,
    looks: dict[str, dict[str, Any]],
) -> None:
    unit = scale(metric)
    for task, look in looks.items():
        values = [[unit * point.metrics[task][metric] for point in position] for position in positions]
        axes.plot(places, [fmean(seeds) for seeds in values], label=task, **look)
        for place, seeds in zip(places, values, strict=True):
            if len(seeds) > 1:
                axes.plot([place] * len(seeds), seeds, ".", color=look["color"], alpha=0.35)
    if len(looks) > 1:
        means = [unit * fmean(point.means()[metric] for point in position) for position in positions]
        axes.plot(places, means, "o-", label=_MEAN, color=INK, linewidth=2.5, markersize=6)


def _is_named(line: Any) -> bool:
    return not line.get_label().startswith("_")


def _names_by_cost(positions: list[list[TradeOff]]) -> dict[float, str]:
    """Return what stands at each cost; positions that cost the same share a label."""
    return {
        cost: ", ".join(map(_name, group))
        for cost, group in groupby(positions, lambda position: round(_cost(position), 2))
    }


def _name(position: list[TradeOff]) -> str:
    return "frozen" if position[0].tails == "frozen" else position[0].cut


def _cost(position: list[TradeOff]) -> float:
    return fmean(point.relative_cost for point in position)
