"""The statistics of a comparison, by hand, and how they are shown."""

import csv

import pytest

from hydranet.report.comparison import (
    compare_tasks,
    comparison_table,
    multi_task_gain,
    regressions,
    write_comparison,
)
from hydranet.report.interval import Interval
from hydranet.training.compare import Comparison


def breed(accuracy):
    return {"split": "test", "num_examples": 200, "accuracy": accuracy, "loss": 1.0}


def age(error):
    return {"split": "validation", "num_examples": 50, "mean_absolute_error": error, "loss": 1.0}


# Sharing costs the breeds 2 and then 4 points, and takes a year and then half a year off the error of the age.
COMPARISON = Comparison(
    seeds=(7, 8),
    joint=[{"breed": breed(0.48), "age": age(4.0)}, {"breed": breed(0.46), "age": age(4.5)}],
    separate=[{"breed": breed(0.5), "age": age(5.0)}, {"breed": breed(0.5), "age": age(5.0)}],
)
SAME = Comparison((7, 8), COMPARISON.joint, COMPARISON.joint)


def test_a_difference_is_in_points_or_in_the_metrics_own_unit_and_above_0_where_sharing_helps():
    of_breed, of_age = compare_tasks(COMPARISON)

    t = 12.706204736432095  # for 1 degree of freedom, from a table
    assert (of_breed.joint, of_breed.separate) == pytest.approx((47, 50))
    assert vars(of_breed.difference) == pytest.approx({"mean": -3, "low": -3 - t, "high": -3 + t})
    assert (of_age.joint, of_age.separate) == (4.25, 5.0)
    assert vars(of_age.difference) == pytest.approx({"mean": 0.75, "low": 0.75 - t / 4, "high": 0.75 + t / 4})
    assert [(each.split, each.num_examples) for each in (of_breed, of_age)] == [
        ("test", 200), ("validation", 50),
    ]  # fmt: skip


def test_over_all_tasks_relative_changes_are_averaged_whatever_their_unit():
    delta = multi_task_gain(COMPARISON)

    by_seed = (-4 + 20) / 2, (-8 + 10) / 2
    assert delta.mean == pytest.approx(sum(by_seed) / 2)
    assert delta.high - delta.low == pytest.approx(12.706204736432095 * (by_seed[0] - by_seed[1]))


def test_no_difference_has_an_interval_of_no_width():
    nothing = Interval(0.0, 0.0, 0.0)

    assert [each.difference for each in compare_tasks(SAME)] == [nothing, nothing]
    assert multi_task_gain(SAME) == nothing
    assert comparison_table(SAME).splitlines()[1].split()[-4:] == ["+0.00", "+0.00", "to", "+0.00"]
    assert "-0" not in comparison_table(SAME)


def test_a_task_fails_only_below_what_is_allowed():
    assert regressions(COMPARISON, -2) == ["breed"]
    assert regressions(COMPARISON, -4) == []
    assert regressions(COMPARISON, 1) == ["breed", "age"]


def test_a_relative_change_from_nothing_is_not_made_up():
    joint, separate = {"breed": breed(0.1)}, {"breed": breed(0.0)}

    shown = comparison_table(Comparison((0, 1), [joint] * 2, [separate] * 2))

    assert shown.splitlines()[1].split()[-4] == "+10.00"
    assert shown.splitlines()[2].split()[-1] == "-"


def test_the_table_says_what_was_compared_and_where():
    lines = comparison_table(COMPARISON).splitlines()

    assert lines[1].split() == [
        *("breed", "accuracy,", "%", "test", "200", "47.00", "50.00", "-3.00", "-15.71", "to", "+9.71"),
    ]
    assert lines[2].split()[:7] == [
        *("age", "mean_absolute_error", "validation", "50", "4.25", "5", "+0.75"),
    ]
    assert lines[3].startswith("(all tasks)  relative change, %")
    assert lines[5] == "2 seeds; a difference above 0 means that joint training is better."


def test_the_csv_has_all_digits(tmp_path):
    write_comparison(COMPARISON, tmp_path / "results" / "comparison.csv")

    with (tmp_path / "results" / "comparison.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["task"] for row in rows] == ["breed", "age", "(all tasks)"]
    expected = [each.difference for each in compare_tasks(COMPARISON)] + [multi_task_gain(COMPARISON)]
    for row, interval in zip(rows, expected, strict=True):
        assert Interval(*(float(row[name]) for name in ("difference", "low", "high"))) == interval
