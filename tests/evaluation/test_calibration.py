import dataclasses

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from hydranet import MultiLabel, SingleLabel
from hydranet.errors import ConfigError
from hydranet.evaluation._calibration import calibrate

PET = SingleLabel(name="pet", classes=("cat", "dog"))
BREED = SingleLabel(name="breed", classes=("beagle", "borzoi", "boxer", "briard", "pug"))
SKY = MultiLabel(name="sky", classes=("rain", "snow", "sun"))


@pytest.fixture(scope="module")
def simulated(assessed):
    """Simulate 40,000 pictures whose labels are drawn from the probabilities; outputs may be sharper than those."""

    def simulate(task, sharpness=1.0):
        rng = np.random.default_rng(0)
        logits = rng.normal(scale=2, size=(40_000, task.num_outputs)).astype(np.float32)
        if isinstance(task, MultiLabel):
            labels = (rng.random(logits.shape) < task.activate(logits)).astype(np.float32)
        else:
            chances = np.cumsum(task.scores(logits), axis=1)
            labels = np.minimum((rng.random((len(logits), 1)) > chances).sum(axis=1), len(task.classes) - 1)
        some = assessed(task, [task.classes[0]], logits[:1])
        return dataclasses.replace(some, labels=labels, outputs=sharpness * logits)

    return simulate


def test_four_answers_by_hand(assessed):
    confidence = np.array([0.9, 0.8, 0.8, 0.6])
    logits = np.log(confidence / (1 - confidence)) * [1, 1, -1, 1]

    found = calibrate(assessed(PET, ["dog", "cat", "cat", "cat"], logits), num_bins=4)

    assert found.counts == (1, 3)
    assert found.confidence == pytest.approx((0.6, (0.9 + 0.8 + 0.8) / 3))
    assert found.accuracy == pytest.approx((0.0, 2 / 3))
    assert found.error == pytest.approx(0.25 * 0.6 + 0.75 * (2.5 / 3 - 2 / 3))


@pytest.mark.parametrize("task", [PET, BREED, SKY], ids=lambda task: task.name)
def test_who_says_the_true_probabilities_has_almost_no_error(simulated, task):
    found = calibrate(simulated(task))

    assert found.error < 0.01
    assert found.floor < 0.01
    assert sum(found.counts) == 40_000 * (3 if task is SKY else 1)
    assert list(found.confidence) == sorted(found.confidence)


def test_who_says_too_much_has_the_error_that_follows_from_the_true_probabilities(simulated):
    assessment = simulated(PET, sharpness=2.5)

    true = 1 / (1 + np.exp(-np.abs(assessment.outputs / 2.5)))
    said = 1 / (1 + np.exp(-np.abs(assessment.outputs)))
    assert (said - true).mean() > 0.1
    assert calibrate(assessment).error == pytest.approx((said - true).mean(), abs=0.005)


def test_the_bins_are_those_of_scikit_learn(simulated):
    assessment = simulated(BREED, sharpness=2.0)

    found = calibrate(assessment)

    right = assessment.scores.argmax(axis=1) == assessment.labels
    accuracy, confidence = calibration_curve(right, assessment.scores.max(axis=1), n_bins=15)
    assert found.accuracy == pytest.approx(accuracy)
    assert found.confidence == pytest.approx(confidence)


@pytest.mark.parametrize(("output", "error"), [(100.0, 0.0), (-100.0, 1.0)])
def test_one_picture_of_which_the_head_is_certain(assessed, output, error):
    found = calibrate(assessed(PET, ["dog"], [output]))

    assert (found.confidence, found.counts, found.error) == ((1.0,), (1,), error)


def test_a_kind_of_ones_own_is_refused(own_kind):
    with pytest.raises(ConfigError, match="received a direction task"):
        calibrate(own_kind)


@pytest.mark.parametrize("task", [PET, BREED, SKY], ids=lambda task: task.name)
def test_the_floor_is_the_error_of_those_who_say_the_true_probabilities_on_as_few_pictures(simulated, task):
    whole = simulated(task)
    slices = [slice(start, start + 85) for start in range(0, 17_000, 85)]
    parts = [
        calibrate(dataclasses.replace(whole, labels=whole.labels[rows], outputs=whole.outputs[rows]))
        for rows in slices
    ]
    floors = [each.floor for each in parts]

    assert np.mean([each.error for each in parts]) == pytest.approx(np.mean(floors), rel=0.05)
    assert min(floors) > 0.02


def test_the_floor_of_who_says_too_much_lies_far_below_the_error(simulated):
    found = calibrate(simulated(PET, sharpness=2.5))
    assert 10 * found.floor < found.error
