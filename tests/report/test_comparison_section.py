"""What a page says of a comparison: a finding that claims no more than the intervals do."""

import dataclasses

from hydranet.comparison._trade_off import TradeOff
from hydranet.comparison._trial import Trial
from hydranet.report._comparison_section import comparison_finding, comparison_section, trade_off_section
from hydranet.tasks import ACCURACY


def compared(shared_separate, **accuracies):
    """Return a comparison in which tasks have these accuracies on both sides, seed by seed."""

    def trials(side):
        return [
            Trial(
                {
                    task: {"split": "test", "num_examples": 100, "accuracy": values[side][seed]}
                    for task, values in accuracies.items()
                },
                1.0,
            )
            for seed in range(2)
        ]

    return dataclasses.replace(
        shared_separate,
        name="pretrained_random",
        subject="pretrained",
        baseline="random",
        trials=trials(0),
        baseline_trials=trials(1),
        main_metrics=dict.fromkeys(accuracies, ACCURACY),
    )


def test_better_and_worse_is_said_only_where_the_interval_does_not_hold_0(shared_separate):
    comparison = compared(
        shared_separate,
        cat=((0.75, 0.75), (0.5, 0.5)),
        dog=((0.875, 0.875), (0.5, 0.5)),
        fox=((0.5, 0.5), (0.75, 0.75)),
        owl=((0.5, 0.5), (0.5, 0.5)),
        hen=((0.75, 0.5), (0.5, 0.5)),
    )

    assert comparison_finding(comparison) == (
        "Pretrained weights are better than random ones for cat (+25.00) and dog (+37.50); worse for fox (-25.00); "
        "exactly as good for owl (+0.00); chance may explain the difference for hen (+12.50) "
        "(95 % intervals over 2 seeds)."
    )


def test_many_tasks_are_counted(shared_separate):
    same = {f"task_{index}": ((0.5, 0.5), (0.5, 0.5)) for index in range(9)}

    assert "exactly as good as random ones for 9 tasks (" in comparison_finding(
        compared(shared_separate, **same)
    )


def test_what_is_shared_is_said_with_its_cost(shared_separate):
    section = comparison_section(shared_separate)

    assert section.finding == (
        "Chance may explain the difference for breed (-3.00) and age (+0.75) (95 % intervals over 2 seeds); all "
        "answers about a picture cost 1.00 times one backbone instead of 2.00 times."
    )
    assert section.title == "One shared backbone against separate ones"
    assert all(chart.startswith("<svg ") for chart in section.charts)
    assert [len(row) for row in section.rows] == [len(section.header)] * 5


def test_a_trade_off_names_its_best_position():
    points = [
        TradeOff(cut, tails, 0, 1000, cost, {"pets": {"accuracy": accuracy}}, {"pets": ACCURACY})
        for cut, tails, cost, accuracy in [
            ("none", "frozen", 1.0, 0.5),
            ("all", "shared", 1.0, 0.625),
            ("all", "own", 2.0, 0.75),
        ]
    ]

    section = trade_off_section(points)

    assert section.finding == (
        "The best mean accuracy is that of all with own tails: 0.7500 at 2.00 times the cost of one backbone, "
        "beside 0.5000 with all of it frozen."
    )
    assert len(section.rows) == 3
