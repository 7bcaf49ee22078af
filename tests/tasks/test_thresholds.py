"""From which probability on a class is present."""

import numpy as np
import pytest

from hydranet import ConfigError, MultiLabel
from hydranet.tasks import task_from_config, task_to_config
from hydranet.tasks._thresholds import choose_threshold


def logits(probabilities):
    return np.log(probabilities / (1 - probabilities)).astype(np.float32)


@pytest.fixture
def rare():
    """A class that one picture in eight has, and of which the head is too unsure: labels and probabilities."""
    random = np.random.default_rng(0)
    present = np.arange(800) % 8 == 0
    return present, np.clip(np.where(present, 0.35, 0.1) + 0.1 * random.normal(size=800), 0.01, 0.99)


def measures(present, said):
    right = (present & said).sum()
    return right / said.sum(), right / present.sum()


def f1(present, said):
    precision, recall = measures(present, said)
    return 2 * precision * recall / (precision + recall)


def test_no_other_threshold_has_a_higher_f1(rare):
    present, probabilities = rare
    chosen = choose_threshold(present, probabilities)
    best = max(
        f1(present, probabilities > limit) for limit in np.linspace(0, probabilities.max() - 1e-6, 500)
    )
    assert f1(present, probabilities > chosen) >= best
    assert f1(present, probabilities > chosen) > 1.5 * f1(present, probabilities > 0.5)


@pytest.mark.parametrize("wanted", [0.6, 0.95])
def test_a_wanted_precision_is_had_and_as_many_as_possible_are_found(rare, wanted):
    present, probabilities = rare
    chosen = choose_threshold(present, probabilities, wanted)
    precision, recall = measures(present, probabilities > chosen)
    assert precision >= wanted
    for limit in np.linspace(0, chosen, 200, endpoint=False):
        lower = measures(present, probabilities > limit)
        assert lower[0] < wanted or lower[1] <= recall


def test_where_no_threshold_has_the_wanted_precision_the_most_precise_is_taken():
    present = np.arange(60) % 2 == 0
    probabilities = np.repeat(np.linspace(0.1, 0.9, 30), 2)
    chosen = choose_threshold(present, probabilities, 0.9)
    assert measures(present, probabilities > chosen)[0] == 0.5


@pytest.mark.parametrize("num", [0, 9, 191, 200])
def test_few_examples_with_or_without_a_class_leave_one_half(num):
    assert choose_threshold(np.arange(200) < num, np.linspace(0.9, 0.1, 200)) == 0.5


def test_a_task_says_what_its_thresholds_say(rare):
    present, probabilities = rare
    labels = np.stack([present, ~present], axis=1).astype(np.float32)
    outputs = logits(np.stack([probabilities, 1 - probabilities], axis=1))
    task = MultiLabel(name="weather", classes=("hail", "sun"))
    settled = task.settled(labels, outputs)

    assert task.thresholds == ()
    assert settled.thresholds[0] < 0.4
    said = settled.present(outputs)
    np.testing.assert_array_equal(said, probabilities[:, None] * [1, -1] + [0, 1] > settled.thresholds)
    decoded = [answer.label for answer in settled.decode(outputs)]
    assert decoded == [tuple(np.array(settled.classes)[row]) for row in said]
    np.testing.assert_array_equal(settled.judge(labels, outputs).answer, said)
    [accuracy] = [metric for metric in settled.metrics() if metric.name == "accuracy"]
    accuracy.update_state(settled.targets(labels), settled.activate(outputs))
    assert float(accuracy.result()) == pytest.approx(settled.metric_values(labels, outputs).mean(), abs=1e-6)
    assert settled.describe()["thresholds"] == pytest.approx(list(settled.thresholds), abs=1e-6)
    assert task_from_config(task_to_config(settled)) == settled


def test_a_number_is_the_threshold_of_every_class(rare):
    present, probabilities = rare
    task = MultiLabel(name="weather", classes=("hail",), threshold=0.2)
    outputs = logits(probabilities[:, None])
    assert task.settled(present[:, None].astype(np.float32), outputs) == task
    np.testing.assert_array_equal(task.present(outputs)[:, 0], task.scores(outputs)[:, 0] > 0.2)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"threshold": 0.3, "precision": 0.9}, "both a threshold, 0.3, and a precision, 0.9"),
        ({"thresholds": (0.3, 0.4)}, "2 thresholds for 1 classes"),
        ({"threshold": 1.5}, "threshold"),
        ({"precision": 0.0}, "precision"),
    ],
)
def test_settings_that_can_not_be_meant_are_refused(settings, text):
    with pytest.raises(ConfigError, match=text):
        MultiLabel(name="weather", classes=("hail",), **settings)
