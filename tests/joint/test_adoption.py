"""A task takes over what a phase has trained if its gain is more than chance gives."""

import numpy as np
import pytest

from hydranet.joint._adoption import Measured, is_surely_better
from hydranet.tasks import ACCURACY, MEAN_ABSOLUTE_ERROR


def measured(values, losses, metric=ACCURACY):
    values, losses = np.array(values, float), np.array(losses, float)
    return Measured({metric.name: float(values.mean()), "loss": float(losses.mean())}, values, losses)


def answers(right, losses=0.5, of=100):
    """Return what is measured where so many of the pictures, the first ones, are right."""
    return measured(np.arange(of) < right, np.full(of, losses))


@pytest.mark.parametrize(
    ("right", "better"), [(100, True), (94, True), (92, False), (90, False), (80, False)]
)
def test_a_few_more_right_answers_may_be_chance_and_many_are_not(right, better):
    """Two of a hundred have a standard error of 1.4: so many more are less than 1.65 of it."""
    assert is_surely_better(ACCURACY, (answers(90), answers(right))) is better


def test_as_many_more_right_answers_are_nothing_where_as_good_as_many_have_become_wrong():
    before = measured(np.arange(100) < 50, np.full(100, 0.5))
    after = measured(np.arange(100) >= 46, np.full(100, 0.5))

    assert after.values.sum() - before.values.sum() == 4
    assert not is_surely_better(ACCURACY, (before, after))
    assert is_surely_better(ACCURACY, (answers(50), answers(54)))


def test_two_sets_of_examples_may_be_sure_of_what_neither_is_alone():
    change = answers(90), answers(92)

    assert not is_surely_better(ACCURACY, change)
    assert is_surely_better(ACCURACY, change, change)
    assert not is_surely_better(ACCURACY, change, change[::-1])


def test_an_error_gains_by_falling():
    before, after = (measured(np.full(20, value), np.full(20, 1), MEAN_ABSOLUTE_ERROR) for value in (3, 2))

    assert is_surely_better(MEAN_ABSOLUTE_ERROR, (before, after))
    assert not is_surely_better(MEAN_ABSOLUTE_ERROR, (after, before))


def test_where_the_metric_is_no_worse_a_loss_that_has_surely_fallen_is_a_gain():
    noise = np.random.default_rng(0).normal(size=100)
    right, before = np.arange(100) < 90, np.full(100, 0.5)

    for fall, better in ((0.3, True), (0.1, False), (-0.3, False)):
        after = measured(right, before - fall + noise - noise.mean())
        assert is_surely_better(ACCURACY, (measured(right, before), after)) is better
    fewer = measured(np.arange(100) < 89, before - 0.3)
    assert not is_surely_better(ACCURACY, (measured(right, before), fewer))


def test_nothing_is_a_gain_where_nothing_has_changed_or_a_single_example_says_so():
    assert not is_surely_better(ACCURACY, (answers(90), answers(90)))
    assert not is_surely_better(ACCURACY, (answers(0, of=1), answers(1, 0.1, of=1)))


def test_noise_is_taken_for_a_gain_one_time_in_twenty():
    rng = np.random.default_rng(0)
    before = measured(np.zeros(200), np.zeros(200))
    taken = [
        is_surely_better(ACCURACY, (before, measured(rng.choice([-1, 0, 0, 1], 200), np.zeros(200))))
        for _ in range(2000)
    ]

    assert np.mean(taken) == pytest.approx(0.05, abs=0.02)
