"""Heat maps of linear heads come from the pass that answers, and are those of Grad-CAM."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from hydranet import MLP, HydraNet, Linear, Map, MultiLabel, Predictor, Regression, Segmentation, SingleLabel
from hydranet.drawings._collections import draw
from hydranet.errors import ConfigError
from hydranet.evaluation import GradCam
from hydranet.model._tail import Tail

pytestmark = pytest.mark.slow

CATS_DOGS = SingleLabel(name="cats_dogs", classes=("cat", "dog"))
COAT = SingleLabel(name="coat", classes=("curly", "long", "short"), when={"cats_dogs": "dog"})
WEATHER = MultiLabel(name="weather", classes=("rain", "snow"))
AGE = Regression(name="age", mean=4.0, standard_deviation=2.0)
LINEAR = (CATS_DOGS, COAT, WEATHER, AGE)
DEEP = SingleLabel(name="deep", classes=("a", "b"), head=MLP(hidden=(8,)))
PIXELS = Segmentation(name="pixels", classes=("a", "b"), head=Map(hidden=4, feature="map"), map_size=(4, 4))


@pytest.fixture(scope="module")
def small_trunk(new_trunk):
    """A backbone whose last feature map has 2 × 3 positions."""
    return new_trunk(image_size=[64, 96])


@pytest.fixture(scope="module")
def pictures():
    labels = ("cat", "dog", "cat", "dog")
    drawn = [draw("cats_dogs", label, index=index, image_size=96)[:64] for index, label in enumerate(labels)]
    return np.array(drawn, np.float32)


def with_heads(trunk, tasks, **parts):
    keras.utils.set_random_seed(0)
    return HydraNet(trunk, tasks, **parts)


def check_as_grad_cam(model, pictures):
    predictor = Predictor(model, heat_maps=True)
    answers, plain = predictor.predict(pictures), Predictor(model).predict(pictures)
    outputs = model(pictures)
    grad_cam = GradCam(model)
    for name in predictor.heat_mapped:
        task = model.tasks[name]
        columns = task.scores(np.asarray(outputs[name])).argmax(axis=-1)
        expected = grad_cam(pictures, {name: columns})[name]
        for row, answer in enumerate(answers):
            if answer[name] is None:
                continue
            np.testing.assert_allclose(answer[name].heat_map, expected[row], atol=1e-4, err_msg=name)
            assert answer[name].label == plain[row][name].label
            assert plain[row][name].heat_map is None
    return predictor, answers


def test_they_are_those_of_grad_cam_for_the_answer_that_is_given(small_trunk, pictures):
    predictor, answers = check_as_grad_cam(with_heads(small_trunk, LINEAR), pictures)
    assert predictor.heat_mapped == ("cats_dogs", "coat", "weather", "age")
    assert predictor.engine == "tensorflow"
    assert answers[0]["cats_dogs"].heat_map.shape == (2, 3)
    assert len(answers[0]["cats_dogs"].as_data()["heat_map"]) == 2
    closed = [answer["coat"] is None for answer in answers]
    assert closed == [answer["cats_dogs"].label == "cat" for answer in answers]


def test_of_several_levels_the_last_is_shown(new_trunk, pictures):
    trunk = new_trunk(image_size=[64, 96], features=["levels", "level_1"])
    tasks = [replace(each, when={}, head=Linear(feature="levels")) for each in LINEAR]
    earlier = replace(CATS_DOGS, name="earlier", head=Linear(feature="level_1"))
    predictor, answers = check_as_grad_cam(with_heads(trunk, [*tasks, earlier]), pictures)
    assert predictor.heat_mapped == ("cats_dogs", "coat", "weather", "age")
    assert answers[0]["earlier"].heat_map is None


def test_a_tail_has_a_map_of_its_own(small_trunk, pictures):
    cut = small_trunk.find_cut("1 block")
    tails = {group: Tail.of(small_trunk, cut, name=f"tail_{group}") for group in ("shared", "frozen")}
    network = tails["shared"].network
    network.set_weights([1.1 * weight for weight in network.get_weights()])
    groups = {"cats_dogs": "shared", "coat": "frozen", "weather": "shared", "age": "shared"}
    model = with_heads(small_trunk.below(cut), LINEAR, tails=tails, tail_groups=groups)
    predictor, _ = check_as_grad_cam(model, pictures)
    assert len(predictor.heat_mapped) == 4


def test_heads_that_have_none_are_answered_without(new_trunk, pictures):
    model = with_heads(new_trunk(image_size=[64, 96], features=["pooled", "map"]), [CATS_DOGS, DEEP, PIXELS])
    predictor, answers = check_as_grad_cam(model, pictures)
    assert predictor.heat_mapped == ("cats_dogs",)
    assert answers[0]["deep"].heat_map is answers[0]["pixels"].heat_map is None
    assert answers[0]["pixels"].map.shape == (4, 4)


def test_the_backbone_runs_once_for_answers_and_maps(small_trunk, pictures):
    predictor, passes = Predictor(with_heads(small_trunk, LINEAR), heat_maps=True), []
    trunk = predictor._networks.trunk

    def counting(images):
        passes.append(len(images))
        return trunk(images)

    predictor._networks = replace(predictor._networks, trunk=counting)
    [answers, *_] = predictor.predict(pictures)
    assert answers["age"].heat_map is not None
    assert passes == [len(pictures)]


def test_what_can_not_give_them_says_so(small_trunk, trunk):
    model = with_heads(small_trunk, LINEAR)
    with pytest.raises(
        ConfigError, match="Heat maps are computed by tensorflow in float32: received engine litert"
    ):
        Predictor(model, engine="litert", heat_maps=True)
    single_position = with_heads(trunk, LINEAR)
    assert Predictor(single_position, heat_maps=True).heat_mapped == ()
