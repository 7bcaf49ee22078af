import dataclasses
import math

import numpy as np
import pytest

from hydranet import MultiLabel, Regression, SingleLabel
from hydranet.evaluation._interval import Interval
from hydranet.evaluation._metric_interval import metric_interval

PET = SingleLabel(name="pet", classes=("cat", "dog"))
SKY = MultiLabel(name="sky", classes=("rain", "snow", "sun"))
AGE = Regression(name="age", mean=30, standard_deviation=10)


def wilson(right, count):
    z = 1.959963984540054
    share, spread = right / count, z / (1 + z**2 / count)
    centre = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = spread * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return centre - half, centre + half


@pytest.mark.parametrize("right", [0, 1, 7, 10])
def test_an_accuracy_has_the_interval_of_wilson_also_where_all_is_right(assessed, right):
    assessment = assessed(PET, ["dog"] * 10, [1.0] * right + [-1.0] * (10 - right))

    found = metric_interval(assessment)

    assert found.mean == pytest.approx(assessment.metrics["accuracy"])
    assert (found.low, found.high) == pytest.approx(wilson(right, 10), abs=1e-12)
    assert found.low <= found.mean <= found.high
    assert found.high - found.low > 0.25


def test_one_picture_says_little(assessed):
    found = metric_interval(assessed(PET, ["dog"], [1.0]))

    assert (found.mean, found.low, found.high) == pytest.approx((1.0, *wilson(1, 1)))


def test_nineteen_of_twenty_intervals_hold_the_true_accuracy(assessed):
    some, rng = assessed(PET, ["dog"], [1.0]), np.random.default_rng(0)

    held = 0
    for right in rng.random((1000, 150)) < 0.9:
        assessment = dataclasses.replace(
            some, labels=np.ones(150, np.int32), outputs=np.where(right, 1, -1).astype(np.float32)[:, None]
        )
        found = metric_interval(assessment)
        held += found.low <= 0.9 <= found.high

    assert held / 1000 == pytest.approx(0.95, abs=0.02)


def test_nineteen_of_twenty_intervals_hold_the_true_error_of_a_number(assessed):
    some, rng = assessed(AGE, ["30", "31"], [30, 31]), np.random.default_rng(1)
    true = 10 * math.sqrt(2 / math.pi)  # of the absolute value of a normal distribution with deviation 10

    held = 0
    for errors in rng.normal(scale=10, size=(400, 100)):
        outputs = errors.astype(np.float32)[:, None]
        found = metric_interval(dataclasses.replace(some, labels=np.zeros(100, np.float32), outputs=outputs))
        held += found.low <= true <= found.high

    assert held / 400 == pytest.approx(0.95, abs=0.03)


def test_resampled_means_spread_like_the_standard_error_and_are_the_same_each_time(assessed):
    rng = np.random.default_rng(2)
    labels = ["|".join(name for name in SKY.classes if rng.random() < 0.5) for _ in range(300)]
    assessment = assessed(SKY, labels, rng.normal(size=(300, 3)))

    found = metric_interval(assessment)

    of_each = ((assessment.outputs > 0) == assessment.labels).mean(axis=1)
    assert found.mean == pytest.approx(assessment.metrics["accuracy"])
    assert found.high - found.low == pytest.approx(2 * 1.96 * of_each.std() / math.sqrt(300), rel=0.1)
    assert metric_interval(assessment) == found


def test_a_kind_of_ones_own_has_the_interval_of_what_it_is_judged_by(own_kind):
    found = metric_interval(own_kind)  # losses of 0, 1 and 4

    assert found == Interval(pytest.approx(own_kind.metrics["loss"]), 0.0, 4.0)
    assert found.mean == pytest.approx(5 / 3)


def test_what_cannot_be_known_is_nan(assessed):
    one = metric_interval(assessed(AGE, ["31"], [30]))

    assert one.mean == 1.0
    assert math.isnan(one.low)
    assert math.isnan(one.high)
