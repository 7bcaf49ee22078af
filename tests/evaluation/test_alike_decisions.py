"""Several decisions that are alike about each picture, such as about its pixels: some of them count nowhere."""

from types import SimpleNamespace

import numpy as np
import pytest

from hydranet.evaluation._calibration import calibrate
from hydranet.evaluation._confusion import confusion
from hydranet.evaluation._metric_interval import metric_interval
from hydranet.evaluation._notable import Notable, least_certain, most_confident_mistakes
from hydranet.evaluation._per_class import per_class_metrics
from hydranet.tasks import ACCURACY, Choices

TRUTH = np.array([[0, 0, 1, 1], [0, 0, -1, -1], [1, 1, 1, -1]])
ANSWER = np.array([[0, 1, 1, 1], [1, 1, 0, 0], [1, 1, 1, 0]])
CONFIDENCE = np.array([[0.9, 0.6, 0.9, 0.9], [0.8, 0.6, 0.5, 0.5], [1.0, 0.7, 0.7, 0.5]])


@pytest.fixture
def assessment():
    choices = Choices(("sky", "sea"), TRUTH, ANSWER, CONFIDENCE, unit="pixels")
    task = SimpleNamespace(metric_values=lambda labels, outputs: choices.values, main_metric=ACCURACY)
    return SimpleNamespace(task=task, judgement=choices, labels=None, outputs=None)


def test_a_picture_is_as_good_as_the_share_of_its_right_decisions_that_count(assessment):
    assert assessment.judgement.values.tolist() == [0.75, 0.0, 1.0]
    interval = metric_interval(assessment)
    assert interval.mean == pytest.approx(1.75 / 3)
    assert interval.low == 0 < interval.high == 1  # of pictures, of which there are three


def test_mistakes_come_once_for_each_picture_with_the_commonest(assessment):
    assert most_confident_mistakes(assessment, 10) == [
        Notable(1, "sky", "sea", pytest.approx(0.7), 1, share=1.0),
        Notable(0, "sky", "sea", pytest.approx(0.6), 1, share=0.25),
    ]


def test_the_least_certain_pictures_are_those_of_the_least_mean(assessment):
    assert [each.row for each in least_certain(assessment, 2)] == [1, 2]


def test_what_does_not_count_is_in_no_figure(assessment):
    assert confusion(assessment).counts.tolist() == [[1, 3], [0, 5]]
    assert [each.support for each in per_class_metrics(assessment)] == [4, 5]
    assert sum(calibrate(assessment).counts) == 9
