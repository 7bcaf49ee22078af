import math

import pytest

from hydranet.evaluation._interval import Interval, confidence_interval


def test_three_values_by_hand():
    interval = confidence_interval([1.0, 2.0, 6.0])

    half = 4.302652729911275 * math.sqrt(7) / math.sqrt(3)  # t for 2 degrees of freedom, from a table
    assert (interval.mean, interval.low, interval.high) == pytest.approx((3, 3 - half, 3 + half))


def test_equal_values_leave_no_doubt():
    assert confidence_interval([0.1] * 3) == Interval(0.1, 0.1, 0.1)


def test_what_is_undefined_once_is_undefined():
    assert math.isnan(confidence_interval([1.0, math.nan]).low)
