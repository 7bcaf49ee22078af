"""The picture: every position of the dial is where its cost and its metric say, and has a name."""

import numpy as np

from hydranet.comparison._trade_off import TradeOff
from hydranet.report._curve import draw_curve


def point(cut, tails, cost, *accuracies, seed=0):
    metrics = {name: {"accuracy": value} for name, value in zip(("pets", "breed"), accuracies, strict=True)}
    metrics["age"] = {"mean_absolute_error": 4 / cost}
    return TradeOff(cut, tails, seed, round(cost * 1000), cost, metrics)


POINTS = [
    point("none", "frozen", 1.0, 0.5, 0.25),
    point("1 block", "shared", 1.0, 0.625, 0.25),
    point("1 block", "own", 1.5, 0.625, 0.375),
    point("all", "shared", 1.0, 0.75, 0.125),
    point("all", "own", 2.0, 0.875, 0.375),
]


def lines(axes):
    return {line.get_label(): line for line in axes.get_lines() if not line.get_label().startswith("_")}


def tick_labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_own_tails_stand_at_their_cost_and_have_the_name_of_their_cut():
    accuracy, error = draw_curve(POINTS).axes[1::2]

    drawn = lines(accuracy)
    assert list(drawn) == ["pets", "breed", "mean of the tasks"]
    for label, expected in [("pets", [50, 62.5, 87.5]), ("mean of the tasks", [37.5, 50, 62.5])]:
        np.testing.assert_allclose(drawn[label].get_xydata(), np.c_[[1, 1.5, 2], expected])
    np.testing.assert_allclose(lines(error)["age"].get_xydata()[:, 1], [4, 4 / 1.5, 2])
    [names] = accuracy.child_axes
    assert (list(names.get_xticks()), tick_labels(names.xaxis)) == ([1, 1.5, 2], ["frozen", "1 block", "all"])


def test_a_shared_tail_has_a_place_for_each_cut_because_all_cost_the_same():
    accuracy, error = draw_curve(POINTS).axes[::2]

    assert lines(accuracy)["breed"].get_xydata().tolist() == [[0, 25], [1, 25], [2, 12.5]]
    assert tick_labels(accuracy.xaxis) == ["frozen\n1.00×", "1 block\n1.00×", "all\n1.00×"]
    assert [axes.get_ylabel() for axes in (accuracy, error)] == [
        "accuracy, %", "mean absolute error (less is better)",
    ]  # fmt: skip


def test_several_seeds_are_a_line_of_their_means_and_a_dot_each():
    seeds = [point("none", "frozen", 1.0, 0.5, 0.25, seed=0), point("none", "frozen", 1.0, 1.0, 0.25, seed=1)]
    axes = draw_curve(seeds).axes[1]

    assert lines(axes)["pets"].get_xydata().tolist() == [[1, 75]]
    dots = next(line for line in axes.get_lines() if line.get_label().startswith("_"))
    assert dots.get_ydata().tolist() == [50, 100]


def test_every_task_has_a_look_of_its_own():
    metrics = {f"task_{index}": {"accuracy": 0.5} for index in range(20)}
    axes = draw_curve([TradeOff("none", "frozen", 0, 1000, 1.0, metrics)]).axes[1]

    looks = {(line.get_color(), line.get_marker()) for line in lines(axes).values()}
    assert len(looks) == 21
