import numpy as np
import pytest

from hydranet import MultiLabel, SingleLabel
from hydranet.errors import ConfigError
from hydranet.evaluation._confusion import ConfusedPair, Confusion, confusion

COAT = SingleLabel(name="coat", classes=("curly", "long", "short", "wire"))


def logits_of(predicted, classes):
    return 5 * np.eye(len(classes))[[classes.index(name) for name in predicted]]


def test_rows_are_what_it_is_and_columns_the_answer_also_for_a_class_without_pictures(assessed):
    truths = ["curly", "curly", "curly", "long", "short"]
    predicted = ["curly", "long", "wire", "long", "curly"]

    found = confusion(assessed(COAT, truths, logits_of(predicted, COAT.classes)))

    assert found.classes == COAT.classes
    assert found.counts.tolist() == [[1, 1, 0, 1], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    assert found.counts.dtype == np.int64


def test_one_picture_of_a_two_class_task(assessed):
    found = confusion(assessed(SingleLabel(name="pet", classes=("cat", "dog")), ["dog"], [-1.0]))

    assert found.counts.tolist() == [[0, 0], [1, 0]]


def test_mistakes_come_commonest_first_and_of_equally_common_ones_the_larger_share():
    counts = np.array([[7, 2, 1, 0], [0, 9, 0, 0], [2, 0, 2, 0], [3, 0, 0, 5]])

    pairs = Confusion(COAT.classes, counts).most_confused(3)

    assert pairs == [
        ConfusedPair("wire", "curly", 3, 3 / 8),
        ConfusedPair("short", "curly", 2, 0.5),
        ConfusedPair("curly", "long", 2, 0.2),
    ]
    assert len(Confusion(COAT.classes, counts).most_confused(100)) == 4
    assert Confusion(COAT.classes, np.eye(4, dtype=np.int64)).most_confused(5) == []


def test_a_thousand_classes_lose_no_picture(assessed):
    rng = np.random.default_rng(0)
    task = SingleLabel(name="species", classes=tuple(f"s{index}" for index in range(1000)))
    assessment = assessed(task, rng.choice(task.classes, 500), rng.normal(size=(500, 1000)))

    found = confusion(assessment)

    assert found.counts.sum() == 500
    assert found.counts.sum(axis=1).tolist() == np.bincount(assessment.labels, minlength=1000).tolist()
    assert sum(pair.count for pair in found.most_confused(500)) == 500 - np.trace(found.counts)


def test_it_is_of_single_label_tasks_only(assessed):
    assessment = assessed(MultiLabel(name="sky", classes=("rain", "sun")), ["rain"], [[1, 1]])

    with pytest.raises(
        ConfigError, match=r"'sky' has no confusion matrix.*received those of a multi_label task"
    ):
        confusion(assessment)
