"""The statistics of a comparison, by hand."""

import dataclasses

import pytest

from hydranet.evaluation._interval import Interval
from hydranet.report._comparison import compare_costs, compare_tasks, regressions, relative_gain


@pytest.fixture
def same(shared_separate):
    """A comparison of a training with itself."""
    return dataclasses.replace(shared_separate, baseline_trials=shared_separate.trials)


def test_a_difference_is_in_points_or_in_the_metrics_own_unit_and_above_0_where_sharing_helps(
    shared_separate,
):
    of_breed, of_age = compare_tasks(shared_separate)

    t = 12.706204736432095  # for 1 degree of freedom, from a table
    assert (of_breed.mean, of_breed.baseline_mean) == pytest.approx((47, 50))
    assert vars(of_breed.difference) == pytest.approx({"mean": -3, "low": -3 - t, "high": -3 + t})
    assert (of_age.mean, of_age.baseline_mean) == (4.25, 5.0)
    assert vars(of_age.difference) == pytest.approx({"mean": 0.75, "low": 0.75 - t / 4, "high": 0.75 + t / 4})
    assert [(each.split, each.num_examples) for each in (of_breed, of_age)] == [
        ("test", 200), ("validation", 50),
    ]  # fmt: skip


def test_over_all_tasks_relative_changes_are_averaged_whatever_their_unit(shared_separate):
    delta = relative_gain(shared_separate)

    by_seed = (-4 + 20) / 2, (-8 + 10) / 2
    assert delta.mean == pytest.approx(sum(by_seed) / 2)
    assert delta.high - delta.low == pytest.approx(12.706204736432095 * (by_seed[0] - by_seed[1]))


def test_no_difference_has_an_interval_of_no_width(same):
    nothing = Interval(0.0, 0.0, 0.0)

    assert [each.difference for each in compare_tasks(same)] == [nothing, nothing]
    assert relative_gain(same) == nothing


def test_a_task_fails_only_below_what_is_allowed(shared_separate):
    assert regressions(shared_separate, -2) == ["breed"]
    assert regressions(shared_separate, -4) == []
    assert regressions(shared_separate, 1) == ["breed", "age"]


def test_a_cost_is_gained_where_it_is_saved(shared_separate):
    answers, training = compare_costs(shared_separate)

    assert (answers.mean, answers.baseline_mean, answers.difference) == (1.0, 2.0, Interval(1.0, 1.0, 1.0))
    assert (training.mean, training.baseline_mean, training.gains) == (10.0, 8.0, (-1.0, -3.0))
