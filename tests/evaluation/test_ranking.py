import dataclasses

import numpy as np
import pytest
from sklearn.metrics import auc

from hydranet import MultiLabel, SingleLabel
from hydranet.evaluation._ranking import precision_recall_curve, roc_curve

PET = SingleLabel(name="pet", classes=("cat", "dog"))


def test_four_pictures_by_hand(assessed):
    assessment = assessed(PET, ["cat", "cat", "dog", "dog"], [-2.0, 1.0, 0.5, 3.0])

    roc, precision_recall = roc_curve(assessment), precision_recall_curve(assessment)

    # From the highest output down: dog, cat, dog, cat.
    assert (roc.x, roc.y) == ((0, 0, 0.5, 0.5, 1), (0, 0.5, 0.5, 1, 1))
    assert roc.area == pytest.approx(3 / 4)  # three of four pairs of a dog and a cat are in order
    assert precision_recall.area == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    points = list(zip(precision_recall.x, precision_recall.y, strict=True))
    assert points[0] == (0, 1)
    assert (0.5, 1) in points
    assert (1, pytest.approx(2 / 3)) in points
    assert points[-1] == (1, 0.5)  # all are said to be dogs


def test_outputs_that_all_tie_rank_like_chance(assessed):
    assessment = assessed(PET, ["cat", "cat", "cat", "dog"], [0.0] * 4)

    assert roc_curve(assessment).area == 0.5
    assert precision_recall_curve(assessment).area == 0.25


def test_pictures_are_ranked_where_probabilities_are_rounded_to_one(assessed):
    assessment = assessed(PET, ["cat", "dog"], [30.0, 40.0])

    assert assessment.scores[0, 1] == assessment.scores[1, 1] == 1
    assert roc_curve(assessment).area == 1


def test_many_points_become_few_that_lie_on_the_same_curve(assessed):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 20_000, np.int32)
    outputs = (labels + rng.normal(size=20_000)).astype(np.float32)[:, None]
    assessment = dataclasses.replace(assessed(PET, ["dog"], [1.0]), labels=labels, outputs=outputs)

    roc, precision_recall = roc_curve(assessment), precision_recall_curve(assessment)

    # Of all pairs of a dog and a cat, the share in order; Φ(1 / √2) for two normal distributions one deviation apart.
    ranks = outputs[:, 0].argsort().argsort() + 1
    dogs = int(labels.sum())
    in_order = (ranks[labels == 1].sum() - dogs * (dogs + 1) / 2) / (dogs * (len(labels) - dogs))
    assert roc.area == pytest.approx(in_order, abs=1e-9)
    assert roc.area == pytest.approx(0.76025, abs=0.01)
    for curve in (roc, precision_recall):
        assert 150 < len(curve.x) == len(curve.y) <= 200
        assert list(curve.x) == sorted(curve.x)
        assert auc(curve.x, curve.y) == pytest.approx(curve.area, abs=0.005)
    assert (roc.x[0], roc.y[0], roc.x[-1], roc.y[-1]) == (0, 0, 1, 1)
    assert precision_recall.y[-1] == pytest.approx(labels.mean())


@pytest.mark.parametrize("curve", [roc_curve, precision_recall_curve])
def test_there_is_no_curve_without_both_of_two_classes(assessed, own_kind, curve):
    three = SingleLabel(name="coat", classes=("curly", "long", "short"))

    assert curve(assessed(PET, ["dog", "dog"], [1.0, -1.0])) is None
    assert curve(assessed(PET, ["cat"], [1.0])) is None
    assert curve(assessed(three, ["curly", "long"], np.eye(3)[:2])) is None
    assert curve(assessed(MultiLabel(name="sky", classes=("sun",)), ["sun", ""], [1, 2])) is None
    assert curve(own_kind) is None
