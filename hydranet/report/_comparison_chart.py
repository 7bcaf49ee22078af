"""A comparison as charts: each task on both sides, how sure the difference is, and what the sides cost."""

import math
from collections.abc import Sequence

from hydranet.charts import Bar, Estimate, bar_chart, estimate_chart
from hydranet.comparison import Comparison
from hydranet.report._comparison import Pair, compare_costs, compare_tasks
from hydranet.report._units import axis_text, difference_text, name_text, scale, value_text

_COLOUR_OF_DIFFERENCES = 2


def comparison_charts(comparison: Comparison) -> list[str]:
    """Return SVG charts in pairs: the values and the differences of each metric, and at the end the two costs.

    A large dot is the mean over the seeds, a faint one a seed. A difference is that between two trainings of one
    seed, and the line through it its 95 % interval.
    """
    charts = []
    for pairs in _by_metric(compare_tasks(comparison)):
        charts += [_values(pairs, comparison), _differences(pairs, comparison)]
    return [*charts, *(_cost(cost, comparison) for cost in compare_costs(comparison))]


def _by_metric(pairs: Sequence[Pair]) -> list[list[Pair]]:
    return [
        [pair for pair in pairs if pair.metric == metric]
        for metric in dict.fromkeys(pair.metric for pair in pairs)
    ]


def _values(pairs: Sequence[Pair], comparison: Comparison) -> str:
    rows = [
        Estimate(pair.task, (pair.mean, pair.baseline_mean), (pair.values, pair.baselines)) for pair in pairs
    ]
    label = axis_text(pairs[0].metric)
    sides = (comparison.subject, comparison.baseline)
    return estimate_chart(
        rows, title=f"{comparison.subject} and {comparison.baseline}", x_label=label, series=sides
    )


def _differences(pairs: Sequence[Pair], comparison: Comparison) -> str:
    rows = [
        Estimate(
            pair.task,
            (pair.difference.mean,),
            (pair.gains,),
            ((pair.difference.low, pair.difference.high),),
            value_text(pair.difference.mean, pair.metric, "+"),
        )
        for pair in pairs
    ]
    ends = [abs(end) for pair in pairs for end in (pair.difference.low, pair.difference.high)]
    limit = min(1.08 * max(ends) or 1.0, scale(pairs[0].metric) if pairs[0].metric.is_share else math.inf)
    return estimate_chart(
        rows,
        title=f"Difference; right of 0, {comparison.subject} is better",
        x_label=difference_text(pairs[0].metric),
        first_series=_COLOUR_OF_DIFFERENCES,
        x_range=(-limit, limit),
    )


def _cost(cost: Pair, comparison: Comparison) -> str:
    sides = [(comparison.subject, cost.mean), (comparison.baseline, cost.baseline_mean)]
    rows = [
        Bar(side, (mean,), notes=(value_text(mean, cost.metric),), series=index)
        for index, (side, mean) in enumerate(sides)
    ]
    return bar_chart(rows, title=name_text(cost.metric), x_label="less is better")
