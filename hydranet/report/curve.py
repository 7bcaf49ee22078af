"""What accuracy costs, as a picture: sharing the trained layers on the left, a copy for each task on the right."""

from collections.abc import Iterator, Sequence
from itertools import cycle, groupby, product
from pathlib import Path
from statistics import fmean
from typing import Any

from hydranet.errors import HydraNetError
from hydranet.files import atomic_path
from hydranet.report.trade_off import by_position
from hydranet.tasks.metrics import gain
from hydranet.training.trade_off import Tails, TradeOff

# Colours that people with a colour vision deficiency can tell apart, without the yellow, which is pale on white.
# Okabe and Ito, 2008, https://jfly.uni-koeln.de/color/
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
_MARKERS = ("o", "s", "^", "D", "v")
_MEAN = "mean of the tasks"
_COST = "cost relative to one backbone"
_PERCENT = {"accuracy"}
_DOTS_PER_INCH = 150


def check_can_draw() -> None:
    """Raise HydraNetError if matplotlib is missing: to be called before hours of training, not after."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        raise HydraNetError("A plot needs matplotlib: pip install 'hydranet[plots]'.") from error


def draw_curve(points: Sequence[TradeOff], path: Path | str) -> None:
    """Draw each task's main metric, and their mean, over the cost relative to one backbone.

    A line is the mean over the seeds, a faint dot one seed. Tasks that are judged by another metric have axes of
    their own.

    Args:
        points: as `trade_off` returns them.
        path: a PNG file; replaced when the new one is whole.

    Raises:
        HydraNetError: matplotlib is missing, or the file can't be written.
    """
    check_can_draw()
    figure = _figure(points)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=_DOTS_PER_INCH)


def _figure(points: Sequence[TradeOff]) -> Any:
    from matplotlib.figure import Figure

    tasks_by_metric = {metric: list(values) for metric, values in points[0].main_metrics().items()}
    figure = Figure(figsize=(10, 1 + 4 * len(tasks_by_metric)), layout="constrained")
    grid = figure.subplots(len(tasks_by_metric), 2, sharey="row", squeeze=False, width_ratios=(2, 3))
    styles = _styles()
    for (shared, own), (metric, tasks) in zip(grid, tasks_by_metric.items(), strict=True):
        shared.set_ylabel(_label(metric))
        chosen = {task: next(styles) for task in tasks}
        _draw_shared(shared, _positions(points, "shared"), metric, chosen)
        _draw_own(own, _positions(points, "own"), metric, chosen)
    handles = {line.get_label(): line for axes in grid[:, 1] for line in axes.get_lines() if _is_named(line)}
    figure.legend(handles.values(), handles, loc="outside right center", frameon=False)
    return figure


def _positions(points: Sequence[TradeOff], tails: Tails) -> list[list[TradeOff]]:
    return [position for position in by_position(points) if position[0].tails in {"frozen", tails}]


def _draw_shared(
    axes: Any, positions: list[list[TradeOff]], metric: str, styles: dict[str, dict[str, Any]]
) -> None:
    """Draw one place for each cut, because wherever it is, what is shared costs hardly more."""
    places = list(range(len(positions)))
    _draw_lines(axes, places, positions, metric, styles)
    labels = [f"{_name(position)}\n{_cost(position):.2f}×" for position in positions]
    axes.set_xticks(places, labels)
    axes.set_xlabel(f"one trained top for all tasks\n({_COST})")
    axes.margins(x=0.15)
    _tidy(axes)


def _draw_own(
    axes: Any, positions: list[list[TradeOff]], metric: str, styles: dict[str, dict[str, Any]]
) -> None:
    positions = sorted(positions, key=_cost)
    costs = [_cost(position) for position in positions]
    _draw_lines(axes, costs, positions, metric, styles)
    axes.set_xlabel(f"a trained top for each task\n({_COST})")
    axes.locator_params(axis="x", nbins=6)
    axes.xaxis.set_major_formatter("{x:g}×")
    names = axes.secondary_xaxis("top")
    names_at = _names_by_cost(positions)
    names.set_xticks(list(names_at), names_at.values(), rotation=40, ha="left")
    names.spines["top"].set_visible(False)
    axes.vlines(costs, 0, 1, transform=axes.get_xaxis_transform(), color="0.9", linewidth=1, zorder=0)
    _tidy(axes)


def _draw_lines(
    axes: Any,
    places: Sequence[float],
    positions: list[list[TradeOff]],
    metric: str,
    styles: dict[str, dict[str, Any]],
) -> None:
    scale = 100 if metric in _PERCENT else 1
    for task, style in styles.items():
        values = [[scale * point.metrics[task][metric] for point in position] for position in positions]
        axes.plot(places, [fmean(seeds) for seeds in values], label=task, **style)
        for place, seeds in zip(places, values, strict=True):
            if len(seeds) > 1:
                axes.plot([place] * len(seeds), seeds, ".", color=style["color"], alpha=0.35)
    if len(styles) > 1:
        means = [scale * fmean(point.means()[metric] for point in position) for position in positions]
        axes.plot(places, means, "o-", label=_MEAN, color="black", linewidth=2.5, markersize=6)


def _styles() -> Iterator[dict[str, Any]]:
    """Yield how the line of one task after the other looks."""
    for marker, colour in cycle(product(_MARKERS, _COLOURS)):
        yield {"color": colour, "marker": marker, "markersize": 5, "linewidth": 1.5}


def _tidy(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)


def _is_named(line: Any) -> bool:
    return not line.get_label().startswith("_")


def _label(metric: str) -> str:
    direction = "" if gain({metric: 0.0}, {metric: 1.0}) > 0 else " (less is better)"
    return f"{metric.replace('_', ' ')}{', %' if metric in _PERCENT else ''}{direction}"


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
