"""Stacked heads: the outputs of `HydraNet.heads`, whichever heads are wanted and however many rows there are."""

import keras
import numpy as np
import pytest

from hydranet import MLP, ConfigError, Custom, Flatten, HydraNet, Linear, MultiLabel, Regression, SingleLabel
from hydranet.inference.stack import StackedHeads

CLASSES = ("a", "b", "c")

VECTOR_TASKS = [
    SingleLabel(name="two_classes", classes=("a", "b")),
    SingleLabel(name="three_classes", classes=CLASSES),
    SingleLabel(name="dropout", classes=CLASSES, head=Linear(dropout=0.5)),
    MultiLabel(name="labels", classes=CLASSES),
    Regression(name="age", mean=40.0, standard_deviation=12.0),
    SingleLabel(name="hidden", classes=CLASSES, head=MLP(hidden=(8,), batch_norm=True, dropout=0.5)),
    SingleLabel(
        name="activated",
        classes=CLASSES,
        head=Custom(layer="stack_test>ActivatedDense", config={"activation": "relu"}),
    ),
]
MAP_TASKS = [
    SingleLabel(name="pooled", classes=CLASSES),
    SingleLabel(name="pooled_too", classes=CLASSES),
    SingleLabel(name="flat", classes=CLASSES, head=Flatten()),
    Regression(name="flat_age", mean=40.0, standard_deviation=12.0, head=Flatten(dropout=0.2)),
]


@keras.saving.register_keras_serializable("stack_test")
class ActivatedDense(keras.layers.Dense):
    """A dense layer that is more than a matrix product."""


@pytest.fixture(scope="module", params=[("avg", VECTOR_TASKS), ("none", MAP_TASKS)], ids=["vector", "map"])
def model(request, new_backbone):
    pooling, tasks = request.param
    model = HydraNet(new_backbone(pooling=pooling), tasks)
    rng = np.random.default_rng(0)
    for name in model.tasks:  # a new head's biases are zero
        head = model.head(name)
        head.set_weights([weights + 0.1 * rng.random(weights.shape) for weights in head.get_weights()])
    return model


@pytest.fixture(scope="module")
def features(model):
    return (2 * np.random.default_rng(1).random((5, *model.backbone.feature_shape))).astype(np.float32)


def test_outputs_are_those_of_the_heads_one_by_one(model, features):
    outputs, expected = StackedHeads(model)(features), model.heads(features)
    assert list(outputs) == list(expected)
    for name, output in outputs.items():
        largest = float(np.abs(expected[name]).max())
        np.testing.assert_allclose(output, expected[name], rtol=0, atol=1e-6 * max(largest, 1.0))


def test_outputs_do_not_depend_on_the_other_heads(model, features):
    heads = StackedHeads(model)
    together = heads(features)
    for name in model.tasks:
        np.testing.assert_array_equal(heads(features, [name])[name], together[name])


def test_adding_a_head_leaves_the_others_bit_identical(model, features):
    before = StackedHeads(model)(features)
    larger = model.with_task(SingleLabel(name="added", classes=tuple(f"class_{i}" for i in range(600))))
    after = StackedHeads(larger)(features)
    for name in model.tasks:
        np.testing.assert_array_equal(after[name], before[name])


def test_a_row_does_not_depend_on_the_others(model, features):
    heads = StackedHeads(model)
    together, alone = heads(features), heads(features[:1])
    for name in model.tasks:
        np.testing.assert_array_equal(alone[name], together[name][:1])


def test_only_the_wanted_heads_are_given_in_the_wanted_order(model, features):
    wanted = list(model.tasks)[:2][::-1]
    assert list(StackedHeads(model)(features, wanted)) == wanted


def test_no_head_wanted(model, features):
    assert StackedHeads(model)(features, []) == {}


def test_unwanted_heads_do_not_run(new_backbone, monkeypatch):
    model = HydraNet(new_backbone(), VECTOR_TASKS)
    monkeypatch.setattr(model, "head", {"labels": model.head("labels")}.__getitem__)
    features = np.zeros((2, *model.backbone.feature_shape), np.float32)
    assert list(StackedHeads(model)(features, ["labels"])) == ["labels"]


def test_an_unknown_task(model, features):
    with pytest.raises(ConfigError, match="Unknown task 'horses'"):
        StackedHeads(model)(features, ["horses"])
