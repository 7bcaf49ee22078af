"""One pass: each tail runs at most once for a picture, and each head only where it is wanted and its gate is open."""

import dataclasses

import numpy as np
import pytest

from hydranet import MLP, ConfigError, HydraNet, SingleLabel
from hydranet import drawings as bundled
from hydranet.backbones import Application, Place
from hydranet.drawings._collections import draw
from hydranet.engines._engines import ENGINES
from hydranet.heads import UsualFeatures
from hydranet.heads._dense import DenseHead, DenseLayer
from hydranet.inference._networks import Networks
from hydranet.inference._one_pass import HeadSet, PlacedHead
from hydranet.inference._tensorflow_model import place_heads, tensorflow_networks
from hydranet.model._tail import Tail
from hydranet.model._trunk import Trunk

GROUPS = {"two_classes": "shared", "three_classes": "frozen", "hidden": "frozen"}


@pytest.fixture(scope="module")
def images():
    """Twelve drawings: float32 `(12, 64, 64, 3)`."""
    pictures = [
        draw("cats_dogs", ("cat", "dog")[index % 2], index=index, image_size=64) for index in range(12)
    ]
    return np.array(pictures, np.float32)


@pytest.fixture(scope="module")
def tailed():
    """A pretrained model with two tails, one of which differs from the pretrained one."""
    arguments = bundled.BACKBONE.arguments
    trunk = Trunk(Application("MobileNetV2", image_size=64, weights="bundled", arguments=arguments))
    cut = trunk.find_cut("8 blocks")
    tails = {group: Tail.of(trunk, cut, name=f"tail_{group}") for group in ("shared", "frozen")}
    network = tails["shared"].network
    network.set_weights([1.05 * weight for weight in network.get_weights()])
    tasks = [
        SingleLabel(name="two_classes", classes=("a", "b")),
        SingleLabel(name="three_classes", classes=("a", "b", "c")),
        SingleLabel(name="hidden", classes=("a", "b", "c"), head=MLP(hidden=(8,))),
    ]
    model = HydraNet(trunk.below(cut), tasks, tails=tails, tail_groups=GROUPS)
    rng = np.random.default_rng(0)
    for name in model.tasks:  # large enough for the answers to differ from picture to picture
        head = model.head(name)
        head.set_weights([0.1 * rng.normal(size=weights.shape) for weights in head.get_weights()])
    return model


@pytest.fixture
def counted(tailed):
    """The model's networks, and how many rows went through each in each of its passes."""
    networks, rows = (
        tensorflow_networks(tailed, ENGINES["tensorflow"], 16),
        {"trunk": [], "shared": [], "frozen": []},
    )

    def counting(name, function):
        def run(inputs):
            rows[name].append(len(inputs))
            return function(inputs)

        return run

    tails = {group: counting(group, tail) for group, tail in networks.tails.items()}
    return dataclasses.replace(networks, trunk=counting("trunk", networks.trunk), tails=tails), rows


def answer(heads, networks, images, wanted=None, places=None):
    places = np.arange(len(images)) if places is None else np.array(places)
    return heads.answer(networks, images, [None] * len(places) if wanted is None else wanted, places)


@pytest.mark.slow
def test_answers_are_those_of_the_keras_model(tailed, images):
    answers = answer(
        HeadSet(place_heads(tailed)), tensorflow_networks(tailed, ENGINES["tensorflow"], 5), images
    )
    outputs = tailed(images)
    for name, task in tailed.tasks.items():
        np.testing.assert_allclose(answers.scores(name), task.scores(np.asarray(outputs[name])), atol=1e-4)


def test_each_network_runs_once_for_the_pictures_that_need_it(tailed, counted, images):
    networks, rows = counted
    heads = HeadSet(place_heads(tailed))
    answer(heads, networks, images[:4], [["two_classes"], ["hidden", "two_classes"], [], ["hidden"]])
    assert rows == {"trunk": [4], "shared": [2], "frozen": [2]}


@pytest.mark.slow
def test_a_picture_that_is_asked_about_twice_goes_through_once(tailed, counted, images):
    networks, rows = counted
    heads = HeadSet(place_heads(tailed))
    wanted = [["two_classes"], ["hidden"], ["two_classes", "hidden"], None]
    answers = answer(heads, networks, images[:2], wanted, places=[0, 0, 1, 0])
    assert rows == {"trunk": [2], "shared": [2], "frozen": [2]}
    alone = answer(heads, networks, images[:1])
    assert list(answers.predictions(2)) == ["two_classes", "hidden"]
    assert answers.predictions(0) | answers.predictions(1) == {
        name: answers.predictions(3)[name] for name in ("two_classes", "hidden")
    }
    assert answers.predictions(3)["hidden"].label == alone.predictions(0)["hidden"].label


def test_an_unknown_task_disturbs_only_the_one_who_asks(tailed, counted, images):
    answers = answer(HeadSet(place_heads(tailed)), counted[0], images[:2], [["hiden"], ["hidden"]])
    assert list(answers.predictions(1)) == ["hidden"]
    with pytest.raises(ConfigError, match=r"Unknown task 'hiden'\. Did you mean 'hidden'\?"):
        answers.predictions(0)


# Below, features are two numbers, and the heads are made by hand.
PLAIN = Networks(image_size=(1, 1), trunk=lambda images: {"pooled": images}, fingerprints={})


def placed(name, *, when=None, sign=1.0, column=0):
    """A head of two classes that says `yes` where a column of the features times `sign` is above 0."""
    kernel = np.zeros((1, 2), np.float32)
    kernel[0, column] = sign
    one, zero = np.ones(1, np.float32), np.zeros(1, np.float32)
    layer = DenseLayer(kernel, zero, np.full(1, -np.inf, np.float32), one, zero)
    task = SingleLabel(name=name, classes=("no", "yes"), when=when or {})
    return PlacedHead(task, DenseHead("none", (layer,)), Place(None, "pooled"))


def head_set(*heads):
    return HeadSet({head.task.name: head for head in heads})


GATED = head_set(
    placed("breed", when={"dog": "yes", "alive": "yes"}, column=1),
    placed("dog"),
    placed("alive", when={"dog": "yes"}, column=1),
)
ROWS = np.array([[1, 1], [1, -1], [-1, 1]], np.float32)


def knowing(head):
    """The same head, trained on features of which the second number is the larger one."""
    x = np.random.default_rng(0).normal(size=(60, 1)).astype(np.float32)
    usual = UsualFeatures.of(np.hstack([np.zeros_like(x), np.ones_like(x)]) + 0.01 * np.hstack([x, 0 * x]))
    return dataclasses.replace(head, usual=usual)


def labels(answers, name):
    return [row[name] and row[name].label for row in (answers.predictions(i) for i in range(len(answers)))]


def test_a_task_is_answered_only_where_its_gate_is_open():
    answers = answer(GATED, PLAIN, ROWS)
    assert labels(answers, "dog") == ["yes", "yes", "no"]
    assert labels(answers, "alive") == ["yes", "no", None]
    assert labels(answers, "breed") == ["yes", None, None]
    assert np.isnan(answers.scores("breed")).all(axis=1).tolist() == [False, True, True]


def test_a_gate_works_whether_or_not_its_task_is_wanted():
    answers = answer(GATED, PLAIN, ROWS, [["breed"], ["breed"], ["dog", "breed"]])
    assert [list(answers.predictions(row)) for row in range(3)] == [["breed"], ["breed"], ["dog", "breed"]]
    assert labels(answers, "breed") == ["yes", None, None]


@pytest.mark.slow
def test_a_closed_gate_spares_the_tail(tailed, counted, images):
    networks, rows = counted
    heads = place_heads(tailed)
    found = labels(answer(HeadSet(heads), networks, images), "three_classes")
    rows["shared"].clear()
    gate = dataclasses.replace(heads["two_classes"].task, when={"three_classes": found[0]})
    gated = HeadSet({**heads, "two_classes": dataclasses.replace(heads["two_classes"], task=gate)})
    answers = answer(gated, networks, images, [["two_classes"]] * 12)
    num_open = found.count(found[0])
    assert 0 < num_open < 12
    assert rows["shared"] == [num_open]
    assert sum(label is not None for label in labels(answers, "two_classes")) == num_open


def test_a_changed_set_leaves_the_other_heads_bit_identical_and_the_old_set_as_it_was():
    before = answer(GATED, PLAIN, ROWS).scores("dog")
    larger = GATED.with_head(placed("cat", sign=-1.0))
    assert list(GATED.tasks) == ["breed", "dog", "alive"]
    np.testing.assert_array_equal(answer(larger, PLAIN, ROWS).scores("dog"), before)
    assert labels(answer(larger.with_head(placed("cat")), PLAIN, ROWS), "cat") == ["yes", "yes", "no"]
    assert list(larger.without_head("breed").tasks) == ["dog", "alive", "cat"]


def test_what_others_are_gated_on_stays_and_so_does_the_last():
    with pytest.raises(
        ConfigError, match="'dog' can't be removed, because it is the gate of 'breed', 'alive'"
    ):
        GATED.without_head("dog")
    with pytest.raises(ConfigError, match=r"Unknown task 'bred'\. Did you mean 'breed'"):
        GATED.without_head("bred")
    with pytest.raises(ConfigError, match="last"):
        head_set(placed("dog")).without_head("dog")
    with pytest.raises(ConfigError, match="when"):
        head_set(placed("dog")).with_head(placed("breed", when={"dogs": "yes"}))


def test_no_pictures():
    answers = answer(GATED, PLAIN, ROWS[:0])
    assert len(answers) == 0
    assert answers.scores("dog").shape == (0, 2)


def test_a_head_that_knows_its_training_pictures_says_how_unusual_a_picture_is():
    heads = head_set(knowing(placed("dog", column=1)), placed("cat"))
    answers = answer(heads, PLAIN, np.array([[0.005, 1], [1, 1], [0.01, 2]], np.float32))
    usual, unusual, _ = dog = [answers.predictions(row)["dog"].unusual for row in range(3)]

    assert usual < 0.9 < 0.999 < unusual <= 1
    assert answers.unusual("dog").tolist() == dog
    assert [answers.predictions(row)["cat"].unusual for row in range(3)] == [None] * 3


def test_how_unusual_a_picture_is_depends_neither_on_other_heads_nor_on_other_pictures():
    alone = head_set(knowing(placed("dog", column=1)))
    features = np.random.default_rng(1).normal(size=(20, 2)).astype(np.float32)
    expected = answer(alone, PLAIN, features).unusual("dog")
    changed = alone.with_head(placed("cat")).with_head(knowing(placed("cow"))).without_head("cat")

    for heads in (changed, alone.without_gates()):
        np.testing.assert_array_equal(answer(heads, PLAIN, features).unusual("dog"), expected)
    np.testing.assert_array_equal(answer(alone, PLAIN, features[3:5]).unusual("dog"), expected[3:5])


def test_how_unusual_a_picture_is_is_not_said_where_a_task_is_not_answered_or_features_are_no_numbers():
    gated = knowing(placed("breed", when={"dog": "yes"}, column=1))
    answers = answer(head_set(placed("dog"), gated), PLAIN, ROWS)
    assert np.isnan(answers.unusual("breed")).tolist() == [False, False, True]

    huge = np.array([[np.inf, 1], [0, 1]], np.float32)
    assert np.isnan(answer(head_set(knowing(placed("dog"))), PLAIN, huge).unusual("dog")).tolist() == [
        True,
        False,
    ]
