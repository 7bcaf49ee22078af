"""One head: linear ones reach the optimum in the labels' own unit, and no head depends on the others."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pytest

from hydranet import MLP, Linear, MultiLabel, Regression, SingleLabel
from hydranet.data import HELD_OUT_SHARE, held_out
from hydranet.errors import ModelError
from hydranet.experiment import TrainingConfig
from hydranet.training import _held_out, _regularisation
from hydranet.training._fit_head import try_head
from hydranet.training._head_examples import HeadExamples

COUNT = 200
HASHES = np.random.default_rng(7).integers(0, 2**64, (COUNT, 2), np.uint64)
CLASSES = np.random.default_rng(8).integers(0, 3, COUNT)
FEATURES = (np.eye(3, 6)[CLASSES] + np.random.default_rng(9).normal(size=(COUNT, 6)) / 4).astype(np.float32)
LABELS = [("curly", "long", "short")[index] for index in CLASSES]
COAT = SingleLabel(name="coat", classes=("curly", "long", "short"))


def fit(task, views, labels, hashes, config):
    return try_head(task, HeadExamples.of(task, views, labels, hashes), config).finish()


def accuracy(head, labels=CLASSES):
    return (np.asarray(head(FEATURES)).argmax(1) == labels).mean()


def assert_same(first, second):
    for one, two in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_linear_head_learns_and_says_how(stored):
    head, training = fit(COAT, [stored(FEATURES)], LABELS, HASHES, TrainingConfig())

    assert accuracy(head) > 0.95
    assert training.num_examples == COUNT
    assert training.summary["l2"] in [row["l2"] for row in training.history]
    assert len(training.history) >= 3


@dataclass(frozen=True, kw_only=True)
class Reversed(SingleLabel):
    """Taught the class after the one that a picture has; everything else, and the linear head, is as of its base."""

    kind: Literal["reversed"] = field(default="reversed", repr=False)

    def loss(self, labels, outputs):
        return super().loss((labels + 1) % 3, outputs)


def test_a_kind_with_a_loss_of_its_own_is_trained_on_it_with_a_linear_head_too(stored):
    task = Reversed(name="coat", classes=COAT.classes)
    config = TrainingConfig(learning_rate=0.05, max_epochs=50)
    head, training = fit(task, [stored(FEATURES)], LABELS, HASHES, config)

    assert accuracy(head, (CLASSES + 1) % 3) > 0.95
    assert list(training.summary) == ["epochs"]


def test_a_penalty_that_is_given_is_not_searched_for(stored):
    _, training = fit(COAT, [stored(FEATURES)], LABELS, HASHES, TrainingConfig(l2=0.5))

    assert (training.summary, training.history) == ({"l2": 0.5}, [])


def test_two_examples_of_each_class_get_the_usual_penalty(stored):
    rows = np.concatenate([np.flatnonzero(index == CLASSES)[:2] for index in range(3)])
    few = [LABELS[row] for row in rows]
    head, training = fit(COAT, [stored(FEATURES[rows])], few, HASHES[rows], TrainingConfig())

    assert training.summary == {"l2": pytest.approx(100 / 6)}
    assert training.history == []
    assert accuracy(head) > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("shots", [1, 2, 5, 10])
def test_few_examples_do_as_well_as_the_nearest_prototype(stored, shots):
    """By cosine, on features such as a network gives: many, positive, few of which tell the classes."""
    task, found, nearest = SingleLabel(name="kind", classes=tuple("abcd")), [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        centres = rng.gamma(0.5, size=(4, 400)) + rng.gamma(2.0, size=400)
        truth = np.arange(400) % 4
        rows = centres[truth] * rng.gamma(4.0, 0.25, size=(400, 400)) * rng.uniform(0.8, 1.2, size=(400, 1))
        rows = rows.astype(np.float32)
        few, unseen = slice(0, 4 * shots), slice(200, 400)
        labels = [task.classes[index] for index in truth[few]]
        head, _ = fit(task, [stored(rows[few])], labels, HASHES[: 4 * shots], TrainingConfig())
        found.append((np.asarray(head(rows[unseen])).argmax(1) == truth[unseen]).mean())
        units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        prototypes = np.stack([units[few][truth[few] == index].mean(0) for index in range(4)])
        prototypes /= np.linalg.norm(prototypes, axis=1, keepdims=True)
        nearest.append(((units[unseen] @ prototypes.T).argmax(1) == truth[unseen]).mean())

    assert 0.4 < np.mean(nearest) < 1
    assert np.mean(found) >= np.mean(nearest) - 0.01


def test_two_classes_have_one_output(stored):
    task = SingleLabel(name="curly", classes=("no", "yes"))
    labels = ["yes" if label == "curly" else "no" for label in LABELS]
    head, _ = fit(task, [stored(FEATURES)], labels, HASHES, TrainingConfig())

    assert ((np.asarray(head(FEATURES))[:, 0] > 0) == (CLASSES == 0)).mean() > 0.95


def test_several_classes_at_once(stored):
    task = MultiLabel(name="traits", classes=("a", "b"))
    labels = [("a", "b", "a|b")[index] for index in CLASSES]
    head, _ = fit(task, [stored(FEATURES)], labels, HASHES, TrainingConfig())

    assert ((np.asarray(head(FEATURES)) > 0) == (task.encode(labels) > 0.5)).mean() > 0.95


@pytest.mark.parametrize("layers", [Linear(), MLP(hidden=(8,))])
def test_a_regression_answers_in_the_unit_of_its_labels(stored, layers):
    numbers = 5000 + 700 * FEATURES[:, 0] - 300 * FEATURES[:, 4]
    labels = [f"{number:.3f}" for number in numbers]
    task = Regression(name="price", head=layers).resolve(labels)
    head, _ = fit(task, [stored(FEATURES)], labels, HASHES, TrainingConfig(learning_rate=0.01))

    assert np.abs(np.asarray(head(FEATURES))[:, 0] - numbers).mean() < 0.2 * numbers.std()


def test_a_feature_map_is_averaged(stored):
    feature_map = np.stack([FEATURES * 2, FEATURES * 0], axis=1).reshape(COUNT, 2, 1, 6)
    vector, _ = fit(COAT, [stored(FEATURES)], LABELS, HASHES, TrainingConfig(l2=0.1))
    pooled, _ = fit(COAT, [stored(feature_map)], LABELS, HASHES, TrainingConfig(l2=0.1))

    np.testing.assert_allclose(np.asarray(pooled(feature_map)), np.asarray(vector(FEATURES)), atol=1e-3)


def test_other_views_of_a_held_out_picture_fit_nothing(stored, monkeypatch):
    """While a penalty is chosen: the loss on what is fitted is the same whatever the held-out labels are."""
    monkeypatch.setattr(_held_out, "MANY_EXAMPLES", COUNT)
    monkeypatch.setattr(_regularisation, "MANY_EXAMPLES", COUNT)
    views = [stored(FEATURES), stored(FEATURES[:, ::-1].copy())]
    judging = held_out(HASHES, HELD_OUT_SHARE, word=1)
    other = ["long" if out else label for out, label in zip(judging, LABELS, strict=True)]
    first, second = (fit(COAT, views, labels, HASHES, TrainingConfig())[1] for labels in (LABELS, other))

    pairs = [
        pair for pair in zip(first.history, second.history, strict=False) if pair[0]["l2"] == pair[1]["l2"]
    ]
    assert len(pairs) >= 3
    assert all(one["training_loss"] == two["training_loss"] for one, two in pairs)
    assert all(one["held_out_loss"] != two["held_out_loss"] for one, two in pairs)


@pytest.mark.parametrize("layers", [Linear(), MLP(hidden=(8,))])
def test_a_start_has_learnt_nothing_from_the_held_out_part_and_hardly_less(stored, layers):
    """The labels of that part change nothing but when to stop, which is given here."""
    task, part = (
        SingleLabel(name="coat", classes=COAT.classes, head=layers),
        held_out(HASHES, HELD_OUT_SHARE, word=1),
    )
    config, views = (
        TrainingConfig(l2=0.01, max_epochs=1),
        [stored(FEATURES), stored(FEATURES[:, ::-1].copy())],
    )
    wrong = ["long" if out else label for out, label in zip(part, LABELS, strict=True)]
    first, second = (
        try_head(task, HeadExamples.of(task, views, labels, HASHES), config) for labels in (LABELS, wrong)
    )

    start, other = (each.start(part)[0] for each in (first, second))
    assert_same(start, other)
    if layers == Linear():
        whole = first.finish()[0]
        assert (whole.get_weights()[0] != start.get_weights()[0]).any()
        assert accuracy(start) > accuracy(whole) - 0.05


def test_a_start_says_how_sure_it_may_be_of_what_has_trained_it(stored):
    """As many features as examples fit any labels, so that a head is sure of all that have trained it."""
    features = np.random.default_rng(10).normal(scale=0.6, size=(COUNT, COUNT)).astype(np.float32)
    features[:, :6] += 2 * FEATURES
    trial = try_head(COAT, HeadExamples.of(COAT, [stored(features)], LABELS, HASHES), TrainingConfig())
    part = held_out(HASHES, HELD_OUT_SHARE, word=1)
    labels = COAT.encode(LABELS)

    def loss(factor=1.0):
        return float(np.mean(COAT.loss(labels[~part], factor * np.asarray(start(features[~part])))))

    start, confidence = trial.start(part)
    assert confidence < 1
    assert loss() < 0.6 * loss(confidence)
    assert loss(confidence) == pytest.approx(trial.held_out_losses.mean(), rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("layers", [Linear(), MLP(hidden=(8,), dropout=0.3)])
def test_a_head_does_not_depend_on_which_others_are_trained(stored, layers):
    task = SingleLabel(name="coat", classes=COAT.classes, head=layers)
    other = SingleLabel(name="other", classes=COAT.classes, head=MLP(hidden=(4,), dropout=0.1))
    config, views = TrainingConfig(max_epochs=2), [stored(FEATURES)]

    alone, _ = fit(task, views, LABELS, HASHES, config)
    fit(other, views, LABELS, HASHES, config)
    behind_another, _ = fit(task, views, LABELS, HASHES, config)

    assert_same(alone, behind_another)


def test_balanced_class_weights_hear_the_rare_class(stored):
    noisy = (FEATURES + np.random.default_rng(1).normal(size=FEATURES.shape)).astype(np.float32)
    labels = ["yes" if index == 0 and row % 6 == 0 else "no" for row, index in enumerate(CLASSES)]
    shares = []
    for class_weights in (None, "balanced"):
        task = SingleLabel(name="rare", classes=("no", "yes"), class_weights=class_weights)
        head, _ = fit(task, [stored(noisy)], labels, HASHES, TrainingConfig())
        shares.append((np.asarray(head(noisy))[:, 0] > 0).mean())

    assert shares[0] < 0.2 < shares[1]


@pytest.mark.parametrize("layers", [Linear(), MLP(hidden=(8,))])
@pytest.mark.parametrize("classes", [("no", "yes"), ("maybe", "no", "yes")])
def test_an_equal_prior_hears_rare_classes(stored, layers, classes):
    noisy = (FEATURES + np.random.default_rng(1).normal(size=FEATURES.shape)).astype(np.float32)
    kept = np.flatnonzero((CLASSES > 0) | (np.arange(COUNT) % 12 == 0))
    truth = np.minimum(CLASSES, len(classes) - 1)
    labels, recalls = [classes[index] for index in truth[kept]], []
    for class_prior in (None, "equal"):
        task = SingleLabel(name="rare", class_prior=class_prior, head=layers).resolve(labels)
        config = TrainingConfig(learning_rate=0.02, max_epochs=30)
        head, _ = fit(task, [stored(noisy[kept])], labels, HASHES[kept], config)
        recalls.append((task.scores(np.asarray(head(noisy))).argmax(1)[truth == 0] == 0).mean())

    assert recalls[1] > recalls[0] + 0.1


@pytest.mark.parametrize(
    ("sampling", "layers"), [("over", Linear()), ("over", MLP(hidden=(8,))), ("under", Linear())]
)
def test_sampling_hears_the_rare_class(stored, sampling, layers):
    noisy = (FEATURES + np.random.default_rng(1).normal(size=FEATURES.shape)).astype(np.float32)
    labels = ["yes" if index == 0 and row % 6 == 0 else "no" for row, index in enumerate(CLASSES)]
    task = SingleLabel(name="rare", classes=("no", "yes"), sampling=sampling, head=layers)
    head, _ = fit(task, [stored(noisy)], labels, HASHES, TrainingConfig(learning_rate=0.02, max_epochs=30))

    assert 0.2 < (np.asarray(head(noisy))[:, 0] > 0).mean() < 0.8


def test_a_training_that_diverges_is_an_error(stored):
    task = SingleLabel(name="coat", classes=COAT.classes, head=MLP(hidden=(8,)))

    with pytest.raises(ModelError, match="'coat' has diverged"):
        fit(task, [stored(FEATURES)], LABELS, HASHES, TrainingConfig(learning_rate=1e30))
