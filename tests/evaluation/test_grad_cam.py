"""Heat maps: the evidence at each position, from one pass through the backbone."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Literal

import keras
import numpy as np
import pytest
import tensorflow as tf

from hydranet import MLP, Flatten, HydraNet, Linear, MultiLabel, Regression, SingleLabel
from hydranet.backbones import Backbone
from hydranet.drawings._collections import draw
from hydranet.errors import ConfigError, ModelError
from hydranet.evaluation._grad_cam import GradCam
from hydranet.evaluation._map_grid import MapGrid
from hydranet.model._tail import Tail

CATS_DOGS = SingleLabel(name="cats_dogs", classes=("cat", "dog"))
COAT = SingleLabel(name="coat", classes=("curly", "long", "short"))
WEATHER = MultiLabel(name="weather", classes=("rain",))
AGE = Regression(name="age", mean=4.0, standard_deviation=2.0, head=MLP(hidden=(8,)))
TASKS = (CATS_DOGS, COAT, WEATHER, AGE)


@pytest.fixture(scope="module")
def small_trunk(new_trunk):
    """A backbone whose last feature map has 2 × 2 positions."""
    return new_trunk(image_size=64)


@pytest.fixture(scope="module")
def pictures():
    labels = ("cat", "dog", "cat")
    drawn = [draw("cats_dogs", label, index=index, image_size=64) for index, label in enumerate(labels)]
    return np.array(drawn, np.float32)


@pytest.fixture(scope="module")
def model(small_trunk):
    return with_heads(small_trunk)


@pytest.fixture(scope="module")
def grad_cam(model):
    return GradCam(model)


@pytest.fixture(scope="module")
def maps(small_trunk, pictures):
    """What the last layer of the network with heads on its pooled features is given."""
    images = keras.applications.mobilenet_v2.preprocess_input(pictures.copy())
    return last_map(small_trunk.network, images)


@pytest.fixture(scope="module")
def tailed(small_trunk):
    """A model over a trunk and two tails, one of which differs from the pretrained one."""
    cut = small_trunk.find_cut("1 block")
    tails = {group: Tail.of(small_trunk, cut, name=f"tail_{group}") for group in ("shared", "frozen")}
    network = tails["shared"].network
    network.set_weights([1.1 * weight for weight in network.get_weights()])
    groups = {"cats_dogs": "shared", "coat": "frozen", "weather": "shared", "age": "shared"}
    return with_heads(small_trunk.below(cut), tails=tails, tail_groups=groups)


def with_heads(trunk, tasks=TASKS, **parts):
    """A model whose heads are always the same: of some, hardly anything speaks for an answer but rounding."""
    keras.utils.set_random_seed(0)
    return HydraNet(trunk, tasks, **parts)


def last_map(network, inputs):
    """What the network's last layer, the pooling, is given."""
    pooling, node, _ = network.output["pooled"]._keras_history
    (tensor,) = pooling._inbound_nodes[node].input_tensors
    return np.asarray(keras.Model(network.inputs[0], tensor)(inputs))


def scaled(heat):
    """What speaks for an answer, where MobileNetV2's last map of 64 pixels looks."""
    heat = MapGrid(start=(31.5, 31.5), step=(32.0, 32.0)).align(np.maximum(heat, 0), (64, 64))
    return heat / np.maximum(heat.max(axis=(1, 2), keepdims=True), 1e-12)


def test_for_a_linear_head_it_is_the_class_activation_map(model, grad_cam, maps, pictures):
    """Zhou et al. 2016: on pooled features the weights of an output weigh the channels at each position."""
    columns = np.array([2, 0, 1])

    heat = grad_cam(pictures, {"coat": columns})["coat"]

    weights = np.asarray(model.head("coat").layers[-1].kernel)[:, columns]
    expected = scaled(np.einsum("nhwc,cn->nhw", maps, weights))
    assert heat.shape == (3, 2, 2)
    assert heat.dtype == np.float32
    np.testing.assert_allclose(heat, expected, atol=1e-3)


def test_of_two_classes_the_one_output_speaks_for_the_second_and_against_the_first(
    model, grad_cam, maps, pictures
):
    columns = np.array([0, 1, 1])

    heat = grad_cam(pictures, {"cats_dogs": columns})["cats_dogs"]

    kernel = np.asarray(model.head("cats_dogs").layers[-1].kernel)[:, 0]
    evidence = np.einsum("nhwc,c->nhw", maps, kernel)
    np.testing.assert_allclose(heat, scaled(evidence * np.array([-1, 1, 1])[:, None, None]), atol=1e-3)


def test_the_one_label_of_a_multi_label_task_is_its_first_column(model, grad_cam, maps, pictures):
    heat = grad_cam(pictures, {"weather": np.zeros(3, int)})["weather"]

    kernel = np.asarray(model.head("weather").layers[-1].kernel)[:, 0]
    evidence = np.einsum("nhwc,c->nhw", maps, kernel)
    np.testing.assert_allclose(heat, scaled(evidence), atol=1e-4)


@pytest.mark.slow
def test_a_tail_is_asked_about_its_own_last_map(tailed, pictures):
    grad_cam = GradCam(tailed)

    heat = grad_cam(pictures, {"coat": np.array([0, 1, 2]), "cats_dogs": np.ones(3, int)})

    for name, columns in (("coat", [0, 1, 2]), ("cats_dogs", [0, 0, 0])):
        network = tailed.tails[tailed.tail_groups[name]].network
        weights = np.asarray(tailed.head(name).layers[-1].kernel)[:, columns]
        activations = last_map(network, tailed.features(pictures)["activation"])
        np.testing.assert_allclose(
            heat[name], scaled(np.einsum("nhwc,cn->nhw", activations, weights)), atol=1e-4, err_msg=name
        )


def test_every_convolution_runs_once_however_many_tasks_are_asked_about(model, tailed, pictures, monkeypatch):
    calls = Counter()
    for layer_class in (keras.layers.Conv2D, keras.layers.DepthwiseConv2D):

        def counting(self, *args, call=layer_class.call, **kwargs):
            calls[id(self)] += 1
            return call(self, *args, **kwargs)

        monkeypatch.setattr(layer_class, "call", counting)
    columns = {task.name: np.zeros(3, int) for task in TASKS}
    tf.config.run_functions_eagerly(True)  # else only the tracing would be counted
    try:
        for asked in (model, tailed):
            grad_cam = GradCam(asked)
            calls.clear()
            grad_cam(pictures, columns)
            assert set(calls.values()) == {1}
    finally:
        tf.config.run_functions_eagerly(False)


def test_a_head_on_the_whole_map_is_asked_about_that_map(new_trunk, pictures):
    trunk = new_trunk(image_size=64, pooling="none")
    task = SingleLabel(name="coat", classes=("curly", "long", "short"), head=Flatten())
    model = with_heads(trunk, [task])
    columns = np.array([1, 2, 0])

    heat = GradCam(model)(pictures, {"coat": columns})["coat"]

    kernel = np.asarray(model.head("coat").layers[-1].kernel).reshape(4, -1, 3)
    importance = kernel.mean(axis=0)[:, columns]
    expected = scaled(np.einsum("nhwc,cn->nhw", np.asarray(trunk(pictures)["map"]), importance))
    np.testing.assert_allclose(heat, expected, atol=1e-3)


def test_more_pictures_than_a_batch_and_none_at_all(grad_cam, pictures):
    many = grad_cam(np.repeat(pictures, 13, axis=0), {"age": np.zeros(39, int)})["age"]

    np.testing.assert_allclose(
        many, np.repeat(grad_cam(pictures, {"age": np.zeros(3, int)})["age"], 13, axis=0), atol=1e-4
    )
    assert grad_cam(pictures[:0], {"age": np.zeros(0, int)})["age"].shape == (0, 2, 2)


def test_where_nothing_speaks_for_the_answer_the_map_is_empty(small_trunk, pictures):
    model = HydraNet(small_trunk, [COAT])
    model.head("coat").set_weights([np.zeros_like(weight) for weight in model.head("coat").get_weights()])

    assert not GradCam(model)(pictures, {"coat": np.zeros(3, int)})["coat"].any()


@dataclass(frozen=True)
class Tokens(Backbone):
    """A backbone that cuts pictures into patches, as transformers do, and works on a list of them."""

    kind: Literal["tokens"] = field(default="tokens", kw_only=True)
    label = "Tokens"
    features = ("pooled",)

    def build_network(self):
        images = keras.Input(self.image_shape)
        patches = keras.layers.Reshape((16, 8))(keras.layers.Conv2D(8, 8, strides=8)(images))
        mixed = keras.layers.LayerNormalization()(keras.layers.Dense(8)(patches))
        return keras.Model(images, {"pooled": keras.layers.GlobalAveragePooling1D()(mixed)})


@pytest.mark.parametrize("single_position", [False, True])
def test_without_a_map_of_several_positions_no_task_is_available(trunk, images, single_position):
    grad_cam = GradCam(HydraNet(trunk if single_position else Tokens(image_size=32), [CATS_DOGS]))

    assert grad_cam.available == ()
    with pytest.raises(ModelError, match="No heat map for 'cats_dogs'"):
        grad_cam(images, {"cats_dogs": np.zeros(12, int)})


def test_an_unknown_task_is_named(grad_cam, pictures):
    assert grad_cam.available == ("cats_dogs", "coat", "weather", "age")
    with pytest.raises(ConfigError, match="cats_dog"):
        grad_cam(pictures, {"cats_dog": np.zeros(3, int)})


def test_height_and_width_may_differ_and_a_head_may_read_the_map(new_trunk):
    trunk = new_trunk(image_size=[96, 160], features=["pooled", "map"])
    model = with_heads(trunk, [COAT, replace(CATS_DOGS, head=Linear(feature="map"))])
    images = np.random.default_rng(0).uniform(0, 255, (2, 96, 160, 3)).astype(np.float32)
    head = model.head("cats_dogs")
    head.set_weights(
        [np.abs(weight) for weight in head.get_weights()]
    )  # else little but rounding may be left

    heat = GradCam(model)(images, {"coat": np.zeros(2, int), "cats_dogs": np.ones(2, int)})

    assert heat["coat"].shape == heat["cats_dogs"].shape == (2, 3, 5)
    kernel = np.asarray(model.head("cats_dogs").layers[-1].kernel)[:, 0]
    evidence = np.einsum("nhwc,c->nhw", np.asarray(trunk(images)["map"]), kernel)
    grid = MapGrid().above(trunk.network.output["map"])
    expected = grid.align(np.maximum(evidence, 0), (96, 160))
    np.testing.assert_allclose(
        heat["cats_dogs"], expected / expected.max(axis=(1, 2), keepdims=True), atol=1e-4
    )


def test_a_head_on_all_levels_is_asked_about_the_last_map_beside_the_others(new_trunk, pictures):
    trunk = new_trunk(image_size=64, features=["levels"])
    joined = with_heads(trunk, [replace(CATS_DOGS, head=Linear(feature="levels"))])
    kernel, bias = joined.head("cats_dogs").get_weights()
    alone = with_heads(trunk.giving(["pooled"]), [CATS_DOGS])
    alone.head("cats_dogs").set_weights([kernel[-1280:], bias])
    asked = {"cats_dogs": np.array([0, 1, 1])}
    # The head is linear, so what is beside the last level does not change what each position says.
    np.testing.assert_allclose(
        GradCam(joined)(pictures, asked)["cats_dogs"], GradCam(alone)(pictures, asked)["cats_dogs"], atol=1e-5
    )
