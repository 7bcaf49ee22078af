"""A comparison as table and CSV: the same numbers, for people and for programs."""

import csv
import dataclasses

from hydranet.comparison._trial import Trial
from hydranet.evaluation._interval import Interval
from hydranet.report._comparison import compare_costs, compare_tasks, relative_gain
from hydranet.report._comparison_table import comparison_table, write_comparison


def test_the_table_says_what_was_compared_and_where(shared_separate):
    header, breed, age, everything, answers, training, _, legend = comparison_table(
        shared_separate
    ).splitlines()

    assert header.split()[4:7] == ["shared", "separate", "difference"]
    assert breed.split() == [
        *("breed", "accuracy,", "%", "test", "200", "47.00", "50.00", "-3.00", "-15.71", "to", "+9.71"),
    ]
    assert age.split()[:9] == [
        *("age", "mean", "absolute", "error", "validation", "50", "4.25", "5", "+0.75"),
    ]
    assert everything.startswith("(all tasks)  relative change, %")
    assert answers.split()[-6:] == ["1.00", "2.00", "+1.00", "+1.00", "to", "+1.00"]
    assert training.split()[-6:-3] == ["10.0", "8.0", "-2.0"]
    assert legend.startswith("2 seeds; a difference above 0 means that shared is better.")


def test_no_difference_is_shown_without_a_sign_that_means_nothing(shared_separate):
    same = dataclasses.replace(shared_separate, baseline_trials=shared_separate.trials)

    assert comparison_table(same).splitlines()[1].split()[-4:] == ["+0.00", "+0.00", "to", "+0.00"]
    assert "-0" not in comparison_table(same)


def test_a_relative_change_from_nothing_is_not_made_up(shared_separate):
    good, bad = (
        Trial({"breed": {"split": "test", "num_examples": 200, "accuracy": accuracy}}, 1.0)
        for accuracy in (0.1, 0.0)
    )

    shown = comparison_table(
        dataclasses.replace(shared_separate, trials=[good] * 2, baseline_trials=[bad] * 2)
    )

    assert shown.splitlines()[1].split()[-4] == "+10.00"
    assert shown.splitlines()[2].split()[-1] == "-"


def test_the_csv_has_all_digits(shared_separate, tmp_path):
    write_comparison(shared_separate, tmp_path / "results" / "shared_separate.csv")

    with (tmp_path / "results" / "shared_separate.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    pairs = [*compare_tasks(shared_separate), *compare_costs(shared_separate)]
    assert [row["task"] for row in rows] == ["breed", "age", "(cost)", "(cost)", "(all tasks)"]
    assert [(float(row["shared"]), float(row["separate"])) for row in rows[:-1]] == [
        (pair.mean, pair.baseline_mean) for pair in pairs
    ]
    expected = [*(pair.difference for pair in pairs), relative_gain(shared_separate)]
    for row, interval in zip(rows, expected, strict=True):
        assert Interval(*(float(row[name]) for name in ("difference", "low", "high"))) == interval
