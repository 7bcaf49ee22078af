"""Charts with what they say and the numbers in them: what a page shows of a comparison, and of a trade-off."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from hydranet.comparison import Comparison, TradeOff
from hydranet.report._comparison import Pair, compare_costs, compare_tasks
from hydranet.report._comparison_chart import comparison_charts
from hydranet.report._comparison_table import comparison_header, comparison_legend, comparison_rows
from hydranet.report._trade_off import by_position, trade_off_header, trade_off_rows
from hydranet.report._trade_off_chart import trade_off_charts
from hydranet.report._units import value_text

_TITLES = {
    "pretrained_random": "Pretrained against random weights",
    "shared_separate": "One shared backbone against separate ones",
    "frozen_unfrozen": "Frozen against unfrozen",
}
_SIDES = {
    "pretrained_random": ("Pretrained weights are", "random ones"),
    "shared_separate": ("A shared backbone is", "separate ones"),
    "frozen_unfrozen": ("A fine-tuned top of the backbone is", "a frozen one"),
}
_LINKS = {"better": "than", "worse": "than", "exactly as good": "as"}
_UNSURE = "unsure"
_MOST_NAMED = 4


@dataclass(frozen=True)
class ComparisonSection:
    """A part of a page about what one way of training brings beside another.

    Args:
        title: of the part.
        finding: what the charts say, in one sentence.
        charts: each an `<svg>` element.
        header: of the table of what the charts show.
        rows: of the table, as text.
        legend: how the table is to be read.
    """

    title: str
    finding: str
    charts: list[str]
    header: list[str]
    rows: list[list[str]]
    legend: str


def comparison_section(comparison: Comparison) -> ComparisonSection:
    """Return one comparison as a part of a page."""
    return ComparisonSection(
        _TITLES[comparison.name],
        comparison_finding(comparison),
        comparison_charts(comparison),
        comparison_header(comparison),
        comparison_rows(comparison),
        comparison_legend(comparison),
    )


def trade_off_section(points: Sequence[TradeOff]) -> ComparisonSection:
    """Return what accuracy costs as a part of a page."""
    return ComparisonSection(
        "What sharing less costs and brings",
        trade_off_finding(points),
        trade_off_charts(points),
        trade_off_header(points),
        trade_off_rows(points),
        "Means over the seeds; the cost is that of all tasks' answers about a picture, relative to one backbone.",
    )


def comparison_finding(comparison: Comparison) -> str:
    """Return for which tasks the experiment is better than what it is compared with, or worse, or neither.

    A task is better or worse where its interval does not hold 0.
    """
    subject, baseline = _SIDES[comparison.name]
    tasks: dict[str, list[Pair]] = {}
    for pair in compare_tasks(comparison):
        tasks.setdefault(_verdict(pair), []).append(pair)
    clauses: list[str] = []
    for verdict, link in _LINKS.items():
        if verdict in tasks:
            # Who is compared with whom is said once.
            start = f"{verdict} for" if clauses else f"{subject} {verdict} {link} {baseline} for"
            clauses.append(f"{start} {_named(tasks[verdict])}")
    if _UNSURE in tasks:
        clauses.append(f"chance may explain the difference for {_named(tasks[_UNSURE])}")
    sentence = f"{'; '.join(clauses)} (95 % intervals over {len(comparison.seeds)} seeds)"
    sentence = sentence[0].upper() + sentence[1:]
    if comparison.name != "shared_separate":
        return f"{sentence}."
    cost = compare_costs(comparison)[0]
    return (
        f"{sentence}; all answers about a picture cost {cost.mean:.2f} times one backbone instead of "
        f"{cost.baseline_mean:.2f} times."
    )


def trade_off_finding(points: Sequence[TradeOff]) -> str:
    """Return which position of the dial has the best mean of the first main metric, and at what cost."""
    metric = next(iter(points[0].means()))

    def mean(position: list[TradeOff]) -> float:
        return fmean(point.means()[metric] for point in position)

    start, *others = by_position(points)
    best = start
    for position in others:
        if metric.gain({metric.name: mean(best)}, {metric.name: mean(position)}) > 0:
            best = position
    name = "the frozen backbone" if best[0].tails == "frozen" else f"{best[0].cut} with {best[0].tails} tails"
    cost = fmean(point.relative_cost for point in best)
    shown = metric.name.replace("_", " ")
    return (
        f"The best mean {shown} is that of {name}: {mean(best):.4f} at {cost:.2f} times the cost "
        f"of one backbone, beside {mean(start):.4f} with all of it frozen."
    )


def _verdict(pair: Pair) -> str:
    difference = pair.difference
    if difference.low > 0:
        return "better"
    if difference.high < 0:
        return "worse"
    return "exactly as good" if not any(pair.gains) else _UNSURE


def _named(pairs: Sequence[Pair]) -> str:
    if len(pairs) > _MOST_NAMED:
        return f"{len(pairs)} tasks"
    texts = [f"{pair.task} ({value_text(pair.difference.mean, pair.metric, '+')})" for pair in pairs]
    return " and ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))
