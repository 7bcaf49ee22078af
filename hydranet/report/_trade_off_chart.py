"""What accuracy costs, as charts: sharing the trained layers, and a copy of them for each task."""

from collections.abc import Sequence
from statistics import fmean

from hydranet.charts import Line, line_chart
from hydranet.comparison import Tails, TradeOff
from hydranet.report._trade_off import by_position
from hydranet.report._units import axis_text, scale
from hydranet.tasks import Metric

_MEAN = "mean of the tasks"
_COST = "cost, × one backbone"


def trade_off_charts(points: Sequence[TradeOff]) -> list[str]:
    """Return SVG charts in pairs, one for each metric: each task's, and their mean, over the cost of all answers.

    The cost is relative to one backbone. A line is the mean over the seeds, a faint dot one seed.

    Args:
        points: as `trade_off` returns them.
    """
    charts = []
    for metric, values in points[0].main_values().items():
        charts += [_shared(points, metric, list(values)), _own(points, metric, list(values))]
    return charts


def _shared(points: Sequence[TradeOff], metric: Metric, tasks: Sequence[str]) -> str:
    """Draw one place for each cut, because wherever it is, what is shared costs hardly more."""
    positions = _positions(points, "shared")
    places = list(range(len(positions)))
    return line_chart(
        _lines(places, positions, metric, tasks),
        x_label=f"trained, {_COST}",
        y_label=_label(metric, tasks),
        title="One trained top for all tasks",
        x_ticks=_ticks(places, positions),
    )


def _own(points: Sequence[TradeOff], metric: Metric, tasks: Sequence[str]) -> str:
    positions = sorted(_positions(points, "own"), key=_cost)
    costs = [_cost(position) for position in positions]
    return line_chart(
        _lines(costs, positions, metric, tasks),
        x_label=f"trained, {_COST}",
        y_label=_label(metric, tasks),
        title="A trained top for each task",
        x_ticks=_ticks(costs, positions),
    )


def _positions(points: Sequence[TradeOff], tails: Tails) -> list[list[TradeOff]]:
    return [position for position in by_position(points) if position[0].tails in {"frozen", tails}]


def _lines(
    places: Sequence[float], positions: list[list[TradeOff]], metric: Metric, tasks: Sequence[str]
) -> list[Line]:
    unit = scale(metric)
    lines = []
    for task in tasks:
        seeds = [[unit * point.metrics[task][metric.name] for point in position] for position in positions]
        spread = seeds if max(map(len, seeds)) > 1 else ()
        lines.append(Line(task, places, [fmean(values) for values in seeds], spread=spread))
    if len(tasks) > 1:
        means = [unit * fmean(point.means()[metric] for point in position) for position in positions]
        lines.append(Line(_MEAN, places, means, is_summary=True))
    return lines


def _label(metric: Metric, tasks: Sequence[str]) -> str:
    """Return what y is; a task that is alone has no legend that names it."""
    return axis_text(metric) if len(tasks) > 1 else f"{tasks[0]}: {axis_text(metric)}"


def _ticks(places: Sequence[float], positions: list[list[TradeOff]]) -> list[tuple[float, str]]:
    return [
        (place, f"{_name(position)} {_cost(position):.2f}×")
        for place, position in zip(places, positions, strict=True)
    ]


def _name(position: list[TradeOff]) -> str:
    return "frozen" if position[0].tails == "frozen" else position[0].cut


def _cost(position: list[TradeOff]) -> float:
    return fmean(point.relative_cost for point in position)
