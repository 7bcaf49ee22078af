"""The charts: every mark says what the numbers say."""

import dataclasses
import re
from xml.etree import ElementTree

from hydranet.report._comparison_chart import comparison_charts


def parse(charts):
    return [ElementTree.fromstring(re.sub(' xmlns="[^"]+"', "", chart)) for chart in charts]


def hints(root):
    return [title.text for title in root.iter("title")]


def words(root):
    return {text.text for text in root.iter("text")}


def test_each_metric_has_charts_of_its_own_in_its_unit(shared_separate):
    breed, _, age, _, *_ = parse(comparison_charts(shared_separate))

    assert {"breed", "accuracy, %", "shared", "separate"} <= words(breed)
    assert hints(breed) == ["breed, shared: 47", "breed, separate: 50"]
    assert {"age", "mean absolute error (less is better)"} <= words(age)


def test_a_difference_has_its_interval_its_seeds_and_its_number(shared_separate):
    _, breed, _, age, *_ = parse(comparison_charts(shared_separate))

    assert hints(breed) == ["breed: -3 (-15.706 to 9.7062)"]
    assert len([circle for circle in breed.iter("circle") if circle.get("fill-opacity")]) == 2
    assert ("-3.00" in words(breed), "+0.75" in words(age)) == (True, True)
    assert "Difference; right of 0, shared is better" in words(breed)


def test_the_costs_of_both_sides_stand_below(shared_separate):
    answers, training = parse(comparison_charts(shared_separate)[-2:])

    assert hints(answers) == ["shared: 1", "separate: 2"]
    assert hints(training) == ["shared: 10", "separate: 8"]


def test_no_difference_at_all_can_be_drawn(shared_separate):
    same = dataclasses.replace(shared_separate, baseline_trials=shared_separate.trials)

    assert hints(parse(comparison_charts(same))[1]) == ["breed: 0 (0 to 0)"]
