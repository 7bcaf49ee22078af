"""Stacked heads: the outputs of `HydraNet.heads`, whichever heads are wanted and however many rows there are."""

import keras
import numpy as np
import pytest

from hydranet import MLP, ConfigError, Custom, Flatten, HydraNet, Linear, MultiLabel, Regression, SingleLabel
from hydranet.heads._dense import DenseHead, build_dense_head
from hydranet.inference import _stack as stack
from hydranet.inference._stack import StackedHeads
from hydranet.inference._tensorflow_model import place_heads

CLASSES = ("a", "b", "c")

VECTOR_TASKS = [
    SingleLabel(name="two_classes", classes=("a", "b")),
    SingleLabel(name="three_classes", classes=CLASSES),
    SingleLabel(name="dropout", classes=CLASSES, head=Linear(dropout=0.5)),
    MultiLabel(name="labels", classes=CLASSES),
    Regression(name="age", mean=40.0, standard_deviation=12.0),
    SingleLabel(name="hidden", classes=CLASSES, head=MLP(hidden=(8,), batch_norm=True, dropout=0.5)),
    SingleLabel(name="hidden_too", classes=CLASSES, head=MLP(hidden=(8,), batch_norm=True)),
    SingleLabel(name="deep", classes=CLASSES, head=MLP(hidden=(6, 5))),
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


def stacked(model):
    return StackedHeads({name: placed.head for name, placed in place_heads(model).items()})


@pytest.fixture(scope="module", params=[("avg", VECTOR_TASKS), ("none", MAP_TASKS)], ids=["vector", "map"])
def model(request, new_trunk):
    pooling, tasks = request.param
    model = HydraNet(new_trunk(pooling=pooling), tasks)
    rng = np.random.default_rng(0)
    for name in model.tasks:  # a new head's biases are zero
        head = model.head(name)
        head.set_weights([weights + 0.1 * rng.random(weights.shape) for weights in head.get_weights()])
    return model


@pytest.fixture(scope="module")
def features(model):
    [shape] = model.trunk.feature_shapes.values()
    return (2 * np.random.default_rng(1).random((5, *shape))).astype(np.float32)


def test_outputs_are_those_of_the_heads_one_by_one(model, features):
    [feature] = model.trunk.features
    outputs, expected = stacked(model)(features), model.heads({feature: features})
    assert list(outputs) == list(expected)
    for name, output in outputs.items():
        largest = float(np.abs(expected[name]).max())
        np.testing.assert_allclose(output, expected[name], rtol=0, atol=1e-5 * max(largest, 1.0))


def test_outputs_do_not_depend_on_the_other_heads(model, features):
    heads = stacked(model)
    together = heads(features)
    for name in model.tasks:
        np.testing.assert_array_equal(heads(features, [name])[name], together[name])


def test_adding_a_head_leaves_the_others_bit_identical(model, features):
    before = stacked(model)(features)
    larger = model.with_task(SingleLabel(name="added", classes=tuple(f"class_{i}" for i in range(600))))
    after = stacked(larger)(features)
    for name in model.tasks:
        np.testing.assert_array_equal(after[name], before[name])


def test_a_row_does_not_depend_on_the_others(model, features):
    heads = stacked(model)
    together, alone = heads(features), heads(features[:1])
    for name in model.tasks:
        np.testing.assert_array_equal(alone[name], together[name][:1])


def test_a_product_that_the_cores_share_is_the_same_to_the_bit():
    rng = np.random.default_rng(0)
    description = [{"kind": "dense", "activation": "linear", "use_bias": True}]
    heads = {
        f"task_{number}": build_dense_head(
            description, [rng.normal(size=(640, 9)).astype(np.float32), rng.normal(size=9)]
        )
        for number in range(500)
    }
    features = rng.random((64, 640)).astype(np.float32)
    shared, alone = StackedHeads(heads)(features), StackedHeads({"task_250": heads["task_250"]})(features)
    assert features.shape[0] * 640 * 9 * 500 > 2 * stack._FEWEST_SHARED_MULTIPLY_ADDS
    np.testing.assert_array_equal(shared["task_250"], alone["task_250"])
    [layer] = heads["task_499"].layers
    np.testing.assert_allclose(
        shared["task_499"], features @ layer.kernel.T + layer.bias, rtol=1e-4, atol=1e-4
    )


def test_only_the_wanted_heads_are_given_in_the_wanted_order(model, features):
    wanted = list(model.tasks)[:2][::-1]
    assert list(stacked(model)(features, wanted)) == wanted


def test_no_head_wanted(model, features):
    assert stacked(model)(features, []) == {}


def test_no_rows(model, features):
    outputs = stacked(model)(features[:0])
    assert {name: output.shape[1:] for name, output in outputs.items()} == {
        name: (task.num_outputs,) for name, task in model.tasks.items()
    }
    assert {len(output) for output in outputs.values()} == {0}


def test_unwanted_heads_do_not_run():
    def fail(features):
        raise AssertionError("not wanted")

    heads = StackedHeads({"labels": lambda features: features[:, :3], "unwanted": fail})
    assert heads(np.ones((2, 5), np.float32), ["labels"])["labels"].shape == (2, 3)


def test_heads_are_held_once_and_come_out_as_they_went_in(model, features):
    heads = stacked(model)
    again = StackedHeads(heads.heads)
    assert list(again.heads) == list(model.tasks)
    for name, output in heads(features).items():
        np.testing.assert_array_equal(again(features)[name], output)
    dense = [head for head in heads.heads.values() if isinstance(head, DenseHead)]
    assert all(part.base is not None for head in dense for layer in head.layers for part in layer)


def test_an_unknown_task(model, features):
    with pytest.raises(ConfigError, match="Unknown task 'horses'"):
        stacked(model)(features, ["horses"])
