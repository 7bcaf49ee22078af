"""Heads trained by gradient: the same twice, never on what is held out, and as good as they ever were."""

import dataclasses

import keras
import numpy as np
import pytest

from hydranet import MLP, Linear, SingleLabel
from hydranet.data._views import ViewedLabels
from hydranet.errors import ModelError
from hydranet.experiment import TrainingConfig
from hydranet.training._gradient import fit_by_gradient, mean_loss, task_seed
from hydranet.training._head_examples import HeadExamples

pytestmark = pytest.mark.slow

TASK = SingleLabel(
    name="coat", classes=("curly", "long", "short"), head=MLP(hidden=(8,), batch_norm=True, dropout=0.2)
)
HASHES = np.arange(180, dtype=np.uint64).reshape(90, 2)
HELD_OUT = np.arange(90) % 5 == 0
CONFIG = TrainingConfig(learning_rate=0.01, batch_size=32, max_epochs=4)


def examples(seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, 90).astype(np.int32)
    return (2 * np.eye(3, 6)[labels] + rng.normal(size=(90, 6))).astype(np.float32), labels


@pytest.fixture
def views(stored):
    return [stored(examples()[0]), stored(examples()[0] + np.float32(0.1))]


def train(views, labels=None, config=CONFIG, task=TASK, seed=0, weights=None):
    keras.utils.set_random_seed(0)
    head = task.build_head((6,))
    labels = examples()[1] if labels is None else labels
    weights = np.ones(90, np.float32) if weights is None else weights
    viewed = ViewedLabels(labels, HASHES)
    history = fit_by_gradient(head, task, HeadExamples(views, viewed, weights, HELD_OUT), config, seed=seed)
    return head, history


def assert_same(first, second):
    for one, two in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_same_twice_and_another_order_with_another_seed(views):
    first, second, other = train(views), train(views), train(views, seed=1)

    assert_same(first[0], second[0])
    assert first[1] == second[1] != other[1]
    assert task_seed(0, "coat") != task_seed(0, "coats") != task_seed(1, "coats")


def test_training_lowers_the_loss(views):
    _, history = train(views, config=dataclasses.replace(CONFIG, max_epochs=15))

    assert [row["epoch"] for row in history] == list(range(len(history)))
    assert min(row["held_out_loss"] for row in history) < 0.6 * history[0]["held_out_loss"]


def test_it_stops_early_with_the_best_weights(views):
    config = dataclasses.replace(CONFIG, learning_rate=0.3, max_epochs=60, patience=3)
    head, history = train(views, config=config)

    losses = [row["held_out_loss"] for row in history]
    assert len(losses) < 60
    assert len(losses) == losses.index(min(losses)) + 1 + 3
    judged = np.flatnonzero(HELD_OUT)
    assert mean_loss(head, TASK, views[0].select(judged), examples()[1][judged]) == min(losses)


def test_what_is_held_out_trains_nothing(views):
    labels = examples()[1]
    other = np.where(HELD_OUT, (labels + 1) % 3, labels)
    config = dataclasses.replace(CONFIG, max_epochs=1)

    assert_same(train(views, labels, config)[0], train(views, other, config)[0])
    first, second = (train(views, each)[1] for each in (labels, other))
    assert [row["training_loss"] for row in first] == [row["training_loss"] for row in second]
    assert first[0]["held_out_loss"] != second[0]["held_out_loss"]


def test_every_epoch_takes_the_next_view(views):
    """With one view, or two that are the same, the second epoch differs from that with two different ones."""
    alone, same, different = (train(each)[1] for each in (views[:1], [views[0]] * 2, views))

    assert alone == same
    assert alone[0]["training_loss"] == different[0]["training_loss"]
    assert alone[1]["training_loss"] != different[1]["training_loss"]


def test_rows_of_weight_0_train_nothing(views):
    task = dataclasses.replace(TASK, head=Linear(dropout=0.2))
    labels = examples()[1]
    weights = (np.arange(90) % 3 > 0).astype(np.float32)
    other = np.where(weights == 0, (labels + 1) % 3, labels).astype(np.int32)

    assert_same(
        train(views, labels, task=task, weights=weights)[0],
        train(views, other, task=task, weights=weights)[0],
    )


def test_weight_decay_spares_biases_and_normalisation(views):
    strong = dataclasses.replace(CONFIG, weight_decay=20.0, max_epochs=3)
    decayed, _ = train(views, config=strong)

    by_name = {weight.path.split("/", 1)[1]: weight.numpy() for weight in decayed.weights}
    kernels = [np.abs(value).max() for path, value in by_name.items() if path.endswith("kernel")]
    gammas = [value for path, value in by_name.items() if path.endswith("gamma")]
    assert max(kernels) < 0.5
    np.testing.assert_allclose(gammas[0], 1, atol=0.2)


def test_a_training_that_diverges_from_the_start_is_an_error(views):
    with pytest.raises(ModelError, match="'coat' has diverged: try a smaller learning_rate"):
        train(views, config=dataclasses.replace(CONFIG, learning_rate=1e30))


def test_the_mean_loss_is_weighted(views):
    head, _ = train(views, config=dataclasses.replace(CONFIG, max_epochs=1))
    weights = np.random.default_rng(0).uniform(0, 2, 90).astype(np.float32)
    labels = examples()[1]
    losses = np.asarray(TASK.loss(labels, head(views[0].read())))

    assert mean_loss(head, TASK, views[0], labels) == pytest.approx(losses.mean(), rel=1e-5)
    assert mean_loss(head, TASK, views[0], labels, weights) == pytest.approx(
        np.average(losses, weights=weights), rel=1e-5
    )
