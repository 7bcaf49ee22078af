import math

import numpy as np
import pytest

from hydranet import MultiLabel, Regression, SingleLabel
from hydranet.evaluation._per_class import ClassMetrics, per_class_metrics

# Where nothing is said of a class, or none is there, a share is of nothing.
COAT = SingleLabel(name="coat", classes=("curly", "long", "short", "wire"))
NOTHING = math.nan


def same(metrics, expected):
    assert [each.name for each in metrics] == [each.name for each in expected]
    for one, other in zip(metrics, expected, strict=True):
        assert vars(one) == pytest.approx(vars(other), nan_ok=True)


def test_four_classes_by_hand(assessed):
    predicted = [0, 0, 1, 0, 1, 1]
    assessment = assessed(
        COAT, ["curly", "curly", "curly", "long", "long", "short"], 5 * np.eye(4)[predicted]
    )

    same(
        per_class_metrics(assessment),
        [
            ClassMetrics("curly", 2 / 3, 2 / 3, 2 / 3, 3),
            ClassMetrics("long", 1 / 3, 1 / 2, 0.4, 2),
            ClassMetrics("short", NOTHING, 0.0, 0.0, 1),
            ClassMetrics("wire", NOTHING, NOTHING, NOTHING, 0),
        ],
    )
    assert all(type(each.support) is int for each in per_class_metrics(assessment))


def test_several_labels_at_once_by_hand(assessed):
    task = MultiLabel(name="sky", classes=("rain", "snow", "sun"))
    outputs = [[1, -1, 1], [1, -1, -1], [-1, -1, 1]]
    assessment = assessed(task, ["rain|sun", "sun", "rain|snow|sun"], outputs)

    same(
        per_class_metrics(assessment),
        [
            ClassMetrics("rain", 1 / 2, 1 / 2, 1 / 2, 2),
            ClassMetrics("snow", NOTHING, 0.0, 0.0, 1),
            ClassMetrics("sun", 1.0, 2 / 3, 0.8, 3),
        ],
    )


def test_a_single_label_that_is_there_or_not(assessed):
    assessment = assessed(MultiLabel(name="sky", classes=("sun",)), ["sun", "sun", ""], [1, -1, 1])

    same(per_class_metrics(assessment), [ClassMetrics("sun", 1 / 2, 1 / 2, 1 / 2, 2)])


@pytest.mark.parametrize("output", [-1.0, 1.0])
def test_only_one_picture_of_two_classes(assessed, output):
    [cat, dog] = per_class_metrics(
        assessed(SingleLabel(name="pet", classes=("cat", "dog")), ["dog"], [output])
    )

    assert (cat.support, dog.support) == (0, 1)
    assert dog.recall == (output > 0)


def test_a_number_has_no_classes(assessed):
    age = assessed(Regression(name="age", mean=0, standard_deviation=1), ["1", "2"], [1, 2])

    assert per_class_metrics(age) == []
