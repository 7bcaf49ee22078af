"""The chart: every mark is where the numbers say."""

import dataclasses

import numpy as np

from hydranet.report._comparison import compare_tasks
from hydranet.report._comparison_chart import draw_comparison


def marks(axes):
    """Return what each line of an axes shows, in the order of drawing."""
    return [line.get_xdata() for line in axes.get_lines()]


def names(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def test_each_metric_has_panels_of_its_own_in_its_unit(shared_separate):
    breed, _, age, _, *_ = draw_comparison(shared_separate).axes

    assert (names(breed), breed.get_xlabel()) == (["breed"], "accuracy, %")
    assert (names(age), age.get_xlabel()) == (["age"], "mean absolute error (less is better)")
    expected = [[50, 50], [48, 46], [47], [50]]
    for drawn, values in zip(marks(breed), expected, strict=True):
        np.testing.assert_allclose(drawn, values)


def test_a_difference_has_its_interval_its_seeds_and_its_number(shared_separate):
    _, breed, _, age, *_ = draw_comparison(shared_separate).axes

    for axes, pair in zip((breed, age), compare_tasks(shared_separate), strict=True):
        _, interval, seeds, mean = marks(axes)
        assert list(interval) == [pair.difference.low, pair.difference.high]
        assert (list(seeds), list(mean)) == (list(pair.gains), [pair.difference.mean])
        assert axes.get_xlim()[0] == -axes.get_xlim()[1]
    assert (names(breed), names(age)) == (["-3.00"], ["+0.75"])


def test_the_costs_of_both_sides_stand_below(shared_separate):
    answers, training = draw_comparison(shared_separate).axes[-2:]

    assert names(answers) == ["shared", "separate"]
    assert [bar.get_width() for bar in answers.patches] == [1, 2]
    assert [bar.get_width() for bar in training.patches] == [10, 8]


def test_no_difference_at_all_can_be_drawn(shared_separate):
    same = dataclasses.replace(shared_separate, baseline_trials=shared_separate.trials)

    assert draw_comparison(same).axes[1].get_xlim() == (-1, 1)
