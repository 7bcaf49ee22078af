"""The charts: every position of the dial is where its cost and its metric say, and has a name."""

import re
from xml.etree import ElementTree

from hydranet.comparison._trade_off import TradeOff
from hydranet.report._trade_off_chart import trade_off_charts
from hydranet.tasks import ACCURACY, MEAN_ABSOLUTE_ERROR

JUDGED_BY = {"pets": ACCURACY, "breed": ACCURACY, "age": MEAN_ABSOLUTE_ERROR}


def point(cut, tails, cost, *accuracies, seed=0):
    metrics = {name: {"accuracy": value} for name, value in zip(("pets", "breed"), accuracies, strict=True)}
    metrics["age"] = {"mean_absolute_error": 4 / cost}
    return TradeOff(cut, tails, seed, round(cost * 1000), cost, metrics, JUDGED_BY)


POINTS = [
    point("none", "frozen", 1.0, 0.5, 0.25),
    point("1 block", "shared", 1.0, 0.625, 0.25),
    point("1 block", "own", 1.5, 0.625, 0.375),
    point("all", "shared", 1.0, 0.75, 0.125),
    point("all", "own", 2.0, 0.875, 0.375),
]


def parse(charts):
    return [ElementTree.fromstring(re.sub(' xmlns="[^"]+"', "", chart)) for chart in charts]


def hints(root):
    return [title.text for title in root.iter("title")]


def words(root):
    return {text.text for text in root.iter("text")}


def test_own_tails_stand_at_their_cost_and_have_the_name_of_their_cut():
    _, accuracy, _, error = parse(trade_off_charts(POINTS))

    assert [hint for hint in hints(accuracy) if hint.startswith(("pets", "mean"))] == [
        "pets: accuracy, % 50, trained, cost, × one backbone 1",
        "pets: accuracy, % 62.5, trained, cost, × one backbone 1.5",
        "pets: accuracy, % 87.5, trained, cost, × one backbone 2",
        "mean of the tasks: accuracy, % 37.5, trained, cost, × one backbone 1",
        "mean of the tasks: accuracy, % 50, trained, cost, × one backbone 1.5",
        "mean of the tasks: accuracy, % 62.5, trained, cost, × one backbone 2",
    ]
    assert {"frozen 1.00×", "1 block 1.50×", "all 2.00×", "pets", "breed"} <= words(accuracy)
    assert "age: mean absolute error (less is better)" in words(error)


def test_a_shared_tail_has_a_place_for_each_cut_because_all_cost_the_same():
    accuracy, *_ = parse(trade_off_charts(POINTS))

    assert {"frozen 1.00×", "1 block 1.00×", "all 1.00×"} <= words(accuracy)
    values = [re.search("% ([^,]+)", hint)[1] for hint in hints(accuracy) if hint.startswith("breed")]
    assert values == ["25", "25", "12.5"]


def test_several_seeds_are_a_line_of_their_means_and_a_dot_each():
    seeds = [point("none", "frozen", 1.0, 0.5, 0.25, seed=0), point("none", "frozen", 1.0, 1.0, 0.25, seed=1)]
    _, accuracy, *_ = parse(trade_off_charts(seeds))

    assert hints(accuracy)[0].startswith("pets: accuracy, % 75,")
    faint = [group for group in accuracy.iter("g") if group.get("fill-opacity")]
    assert [len(group) for group in faint] == [2, 2]
