"""Stacked heads: the outputs of `HydraNet.heads`, whichever heads are wanted and however many rows there are."""

from collections import Counter

import keras
import numpy as np
import pytest

from hydranet import MLP, ConfigError, Custom, Flatten, HydraNet, Linear, MultiLabel, Regression, SingleLabel
from hydranet.inference import stack
from hydranet.inference.stack import StackedHeads
from hydranet.model.blocks import unfreezing_cut
from hydranet.model.tail import Tail

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


TAIL_GROUPS = {"two_classes": "shared", "three_classes": "frozen", "age": "shared", "hidden": "frozen"}


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


def test_no_rows(model, features):
    outputs = StackedHeads(model)(features[:0])
    assert {name: output.shape[1:] for name, output in outputs.items()} == {
        name: (task.num_outputs,) for name, task in model.tasks.items()
    }
    assert {len(output) for output in outputs.values()} == {0}


def test_unwanted_heads_do_not_run(new_backbone, monkeypatch):
    model = HydraNet(new_backbone(), VECTOR_TASKS)
    monkeypatch.setattr(model, "head", {"labels": model.head("labels")}.__getitem__)
    features = np.zeros((2, *model.backbone.feature_shape), np.float32)
    assert list(StackedHeads(model)(features, ["labels"])) == ["labels"]


def test_an_unknown_task(model, features):
    with pytest.raises(ConfigError, match="Unknown task 'horses'"):
        StackedHeads(model)(features, ["horses"])


@pytest.fixture(scope="module")
def tailed(backbone):
    """A model with two tails, one of which differs from the pretrained one, and two heads on each."""
    cut = unfreezing_cut(backbone.network, "8 blocks")
    tails = {group: Tail.of(backbone, cut, name=f"tail_{group}") for group in ("shared", "frozen")}
    network = tails["shared"].network
    network.set_weights([1.05 * weight for weight in network.get_weights()])
    tasks = [task for task in VECTOR_TASKS if task.name in TAIL_GROUPS]
    return HydraNet(backbone.trunk(cut), tasks, tails=tails, tail_groups=TAIL_GROUPS)


@pytest.fixture(scope="module")
def activations(tailed, images):
    return np.asarray(tailed.features(images[:9]))


@pytest.fixture(scope="module")
def tailed_heads(tailed):
    return StackedHeads(tailed, batch_size=4)


@pytest.fixture
def passes(monkeypatch):
    """How often each tail runs, by its name and the size of the pass."""
    counted, compile_network = Counter(), stack.compile_network

    def counting(tail, shape, size):
        run = compile_network(tail, shape, size)

        def counted_run(rows):
            counted[tail.name, size] += 1
            return run(rows)

        return counted_run

    monkeypatch.setattr(stack, "compile_network", counting)
    return counted


def assert_equal_but_for_rounding(outputs, expected):
    assert list(outputs) == list(expected)
    for name, output in outputs.items():
        largest = float(np.abs(expected[name]).max())
        np.testing.assert_allclose(
            output, expected[name], rtol=0, atol=2e-5 * max(largest, 1.0), err_msg=name
        )


def test_above_tails_outputs_are_those_of_the_heads_one_by_one(tailed, tailed_heads, activations):
    assert_equal_but_for_rounding(tailed_heads(activations), tailed.heads(activations))
    wanted = ["hidden", "two_classes"]
    assert_equal_but_for_rounding(tailed_heads(activations, wanted), tailed.heads(activations, wanted))


def test_above_tails_outputs_do_not_depend_on_other_heads_or_rows(tailed_heads, activations):
    together = tailed_heads(activations)
    for name in TAIL_GROUPS:
        np.testing.assert_array_equal(tailed_heads(activations, [name])[name], together[name])
        np.testing.assert_array_equal(tailed_heads(activations[2:7])[name], together[name][2:7])
        np.testing.assert_array_equal(tailed_heads(activations[::-1])[name], together[name][::-1])


def test_above_tails_a_row_that_comes_alone_differs_by_rounding_only(tailed_heads, activations):
    together = tailed_heads(activations)
    alone = tailed_heads(activations[3:4])
    assert_equal_but_for_rounding(alone, {name: output[3:4] for name, output in together.items()})
    assert {len(output) for output in tailed_heads(activations[:0]).values()} == {0}


def test_only_the_tails_of_wanted_heads_run_once_for_each_batch(tailed, activations, passes):
    heads = StackedHeads(tailed, batch_size=4)

    heads(activations, ["age", "two_classes"])
    assert passes == {("tail_shared", 4): 3}
    passes.clear()
    heads(activations[:2])
    assert passes == {("tail_shared", 4): 1, ("tail_frozen", 4): 1}
    passes.clear()
    heads(activations[:1], ["hidden"])
    assert passes == {("tail_frozen", 1): 1}
