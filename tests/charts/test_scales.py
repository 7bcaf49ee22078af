"""Scales, round ticks, and how numbers are written."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydranet.charts._scales import Scale, log_ticks, nice_range, number, tick_labels, ticks, value_range

VALUES = st.floats(min_value=-1e300, max_value=1e300)


def test_a_scale_is_linear_in_the_value_or_in_its_logarithm():
    assert [Scale(0, 10, 100, 200)(value) for value in (0, 2.5, 10)] == [100, 125, 200]
    assert [Scale(0, 1, 50, 0)(value) for value in (0, 0.5, 1)] == [50, 25, 0]
    assert [Scale(0.01, 100, 0, 40, log=True)(value) for value in (0.01, 0.1, 1, 100)] == [0, 10, 20, 40]


def test_what_lies_outside_a_scale_is_drawn_at_its_edge():
    assert [Scale(0, 1, 0, 10)(value) for value in (-5, 7)] == [0, 10]
    assert Scale(1e-290, 1e300, 0, 59, log=True)(1e300) == 59


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0.13, 0.92, [0.2, 0.4, 0.6, 0.8]),
        (0, 0.3, [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]),
        (-3, 7, [-2, 0, 2, 4, 6]),
        (1, 30, [5, 10, 15, 20, 25, 30]),
        (0, 1e6, [0, 2e5, 4e5, 6e5, 8e5, 1e6]),
        (0, 1e-9, [0, 2e-10, 4e-10, 6e-10, 8e-10, 1e-9]),
    ],
)
def test_ticks_are_multiples_of_1_2_or_5(low, high, expected):
    assert ticks(low, high) == expected


def test_counts_have_ticks_at_whole_numbers_only():
    assert ticks(0.7, 1.3, integer=True) == [1]
    assert ticks(1, 3, integer=True) == [1, 2, 3]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.001, 10, [0.001, 0.01, 0.1, 1, 10]),
        (1e-6, 1e5, [1e-6, 1e-4, 1e-2, 1, 100, 1e4]),
        (0.3, 30, [1, 10]),
        (2, 30, [2, 5, 10, 20]),
        (4.1, 4.4, [4.1, 4.15, 4.2, 4.25, 4.3, 4.35, 4.4]),
    ],
)
def test_log_ticks_are_powers_of_ten_where_there_are_enough(low, high, expected):
    assert log_ticks(low, high) == expected


@given(st.lists(VALUES))
def test_a_range_holds_all_values_and_has_ticks_whatever_they_are(values):
    low, high = value_range(values)
    assert all(low <= value <= high for value in values)
    wide_low, wide_high = nice_range(low, high)
    room = 1e-3 * (wide_high - wide_low)
    assert wide_low - room <= low < high <= wide_high + room
    found = ticks(wide_low, wide_high)
    assert 3 <= len(found) <= 10
    assert len(set(tick_labels(found))) == len(found)


@given(st.lists(VALUES))
def test_a_log_range_holds_what_is_above_zero(values):
    low, high = value_range(values, log=True)
    assert 0 < low < high
    assert log_ticks(low, high)


def test_a_range_leaves_out_what_is_no_number():
    assert value_range([None, math.nan, math.inf, 1.0, 3.0]) == (1, 3)
    assert value_range([0.0, -1.0, 0.5, 5.0], log=True) == (0.5, 5)


def test_equal_values_have_room_around_them():
    assert value_range([5, 5]) == (4.5, 5.5)
    assert value_range([0]) == (-1, 1)
    assert value_range([4], log=True) == (2, 8)
    assert value_range([]) == (0, 1)


def test_a_nice_range_ends_at_ticks():
    assert nice_range(0.13, 0.92) == (0, 1)
    assert nice_range(-15, 95) == (-20, 100)


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0, 0.05, 0.1], ["0.00", "0.05", "0.10"]),
        ([0, 1000, 2000], ["0", "1,000", "2,000"]),
        ([0, 5e6, 1e7], ["0", "5e6", "1e7"]),
        ([0, 1e-6, 2e-6], ["0", "1e-6", "2e-6"]),
        ([2.0000001e9, 2.0000002e9], ["2.0000001e9", "2.0000002e9"]),
        ([0.15], ["0.15"]),
        ([0], ["0"]),
        ([], []),
    ],
)
def test_labels_of_ticks_have_the_digits_that_tell_them_apart(values, labels):
    assert tick_labels(values) == labels


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (-0.5, "-0.5"),
        (1234567, "1,234,567"),
        (0.999999, "1"),
        (123456.789, "123,457"),
        (0.00012345678, "0.00012346"),
        (2e-5, "2e-5"),
        (1.5e300, "1.5e300"),
        (math.nan, "nan"),
    ],
)
def test_numbers_are_written_as_people_read_them(value, written):
    assert number(value) == written
