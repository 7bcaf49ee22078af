"""Labels that a head disagrees with, the least probable first, and whether it is clear what they should be."""

import numpy as np
import pytest

from hydranet import MultiLabel, SingleLabel
from hydranet.evaluation import suspicious_labels
from hydranet.evaluation._assess import Assessment

CLASSES = ("a", "b", "c")


def assessment(task, labels, outputs):
    return Assessment(task, "train", {}, None, task.encode(labels), np.array(outputs, np.float32), {})


def test_the_label_of_least_probability_comes_first_and_what_is_said_is_clear_from_the_class_mean_on():
    task = SingleLabel(name="letter", classes=CLASSES)
    probabilities = np.array(
        [
            [0.9, 0.05, 0.05],
            [0.7, 0.2, 0.1],
            [0.75, 0.05, 0.2],
            [0.1, 0.8, 0.1],
            [0.85, 0.1, 0.05],
            [0.1, 0.2, 0.7],
        ]
    )
    found = suspicious_labels(assessment(task, ["a", "a", "b", "b", "c", "c"], np.log(probabilities)))

    assert [(each.row, each.truth, each.prediction) for each in found] == [(2, "b", "a"), (4, "c", "a")]
    assert [each.score for each in found] == pytest.approx([0.95, 0.95])
    # Of those labelled `a`, the head is 0.8 sure on the mean.
    assert [each.is_clear for each in found] == [False, True]


def test_of_several_classes_each_counts_by_itself():
    task = MultiLabel(name="letters", classes=CLASSES)
    found = suspicious_labels(assessment(task, [("a",), ("a", "b")], [[3, 2, -4], [2, -5, -3]]))

    assert [(each.row, each.truth, each.prediction) for each in found] == [
        (1, "b present", "b absent"), (0, "b absent", "b present"),
    ]  # fmt: skip


def test_of_two_classes_both_can_be_wrong():
    task = SingleLabel(name="pet", classes=("cat", "dog"))
    found = suspicious_labels(assessment(task, ["cat", "dog", "dog"], [[4.0], [3.0], [-6.0]]))
    assert [(each.row, each.prediction) for each in found] == [(2, "cat"), (0, "dog")]
