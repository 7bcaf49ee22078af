"""Evaluation: the figures are those that anyone would compute by hand from the head's outputs."""

import numpy as np
import pytest
from scipy.special import expit, log_softmax

from hydranet import MultiLabel, Regression, SingleLabel
from hydranet.evaluation import _measure as evaluate
from hydranet.evaluation._measure import evaluate_head

FEATURES = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)


@pytest.fixture(autouse=True)
def _several_batches(monkeypatch):
    monkeypatch.setattr(evaluate, "_BATCH_ROWS", 16)


def measure(task, labels, stored):
    """Return what `evaluate_head` says, the head's outputs and the encoded labels."""
    head = task.build_head((4,))
    return (
        evaluate_head(head, task, stored(FEATURES), labels),
        np.asarray(head(FEATURES)),
        task.encode(labels),
    )


def test_several_classes(stored):
    task = SingleLabel(name="coat", classes=("curly", "long", "short"))
    metrics, outputs, encoded = measure(task, list(task.classes) * 16 + ["curly", "long"], stored)

    assert list(metrics) == ["num_examples", "accuracy", "loss"]
    assert metrics["num_examples"] == 50
    assert metrics["accuracy"] == pytest.approx((outputs.argmax(1) == encoded).mean())
    assert metrics["loss"] == pytest.approx(-log_softmax(outputs, 1)[np.arange(50), encoded].mean(), rel=1e-5)


def test_two_classes(stored):
    task = SingleLabel(name="cats_dogs", classes=("cat", "dog"))
    metrics, outputs, encoded = measure(task, ["cat", "dog"] * 25, stored)

    scores = outputs[:, 0]
    assert metrics["accuracy"] == pytest.approx(((scores > 0) == encoded).mean())
    pairs = scores[encoded == 1][:, None] > scores[encoded == 0][None]
    assert metrics["auc"] == pytest.approx(pairs.mean(), abs=0.01)


def test_many_classes_are_counted_among_the_top_five(stored):
    task = SingleLabel(name="breed", classes=tuple(f"breed_{index:02}" for index in range(12)))
    metrics, outputs, encoded = measure(task, [task.classes[index % 12] for index in range(50)], stored)

    top = np.argsort(-outputs, axis=1)[:, :5]
    assert metrics["top_5_accuracy"] == pytest.approx((top == encoded[:, None]).any(1).mean())


def test_classes_that_may_stand_together(stored):
    task = MultiLabel(name="weather", classes=("rain", "sun"))
    metrics, outputs, encoded = measure(task, ["rain", "sun", "rain|sun", "", "sun"] * 10, stored)

    assert metrics["accuracy"] == pytest.approx(((outputs > 0) == (encoded > 0.5)).mean())
    cross_entropy = -(encoded * np.log(expit(outputs)) + (1 - encoded) * np.log(expit(-outputs)))
    assert metrics["loss"] == pytest.approx(cross_entropy.mean(), rel=1e-4)


def test_numbers(stored):
    task = Regression(name="age", mean=30.0, standard_deviation=10.0)
    metrics, outputs, encoded = measure(task, [str(index) for index in range(50)], stored)

    errors = outputs[:, 0] - encoded
    assert metrics["mean_absolute_error"] == pytest.approx(np.abs(errors).mean(), rel=1e-5)
    assert metrics["root_mean_squared_error"] == pytest.approx(np.sqrt((errors**2).mean()), rel=1e-5)
    assert metrics["r2"] == pytest.approx(
        1 - (errors**2).sum() / ((encoded - encoded.mean()) ** 2).sum(), rel=1e-4
    )
    assert metrics["loss"] == pytest.approx((errors**2).mean() / 100, rel=1e-4)
