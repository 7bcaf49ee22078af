"""Cuts: a tensor is reported exactly if every path passes through it, and splitting there changes nothing."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydranet.backbones._cuts import above, below, find_cuts, layer_index, multiply_adds, nearest_cut
from hydranet.errors import ConfigError


def residual_network():
    """Two residual blocks, the second with a projection, and an inception-like block with a concatenation."""
    layers = keras.layers
    image = keras.Input((8, 8, 3), name="image")
    x = layers.Conv2D(4, 3, padding="same", name="stem")(image)
    x = layers.Add(name="sum_1")([x, layers.Conv2D(4, 3, padding="same", name="block_1")(x)])
    shortcut = layers.Conv2D(6, 1, strides=2, name="projection")(x)
    x = layers.Conv2D(6, 3, strides=2, padding="same", name="block_2")(x)
    x = layers.Add(name="sum_2")([layers.ReLU(name="relu_2")(x), shortcut])
    x = layers.Concatenate(name="joined")([x, layers.AveragePooling2D(3, 1, "same", name="pool")(x)])
    return keras.Model(image, {"out": layers.GlobalAveragePooling2D(name="features")(x)})


def mobilenet():
    model = keras.applications.MobileNetV2(
        input_shape=(32, 32, 3), alpha=0.35, include_top=False, weights=None, pooling="avg"
    )
    return keras.Model(model.inputs[0], {"out": model.outputs[0]})


def densenet():
    model = keras.applications.DenseNet121(input_shape=(32, 32, 3), include_top=False, weights=None)
    return keras.Model(model.inputs[0], {"out": model.outputs[0]})


@pytest.fixture(scope="module", params=[residual_network, mobilenet, densenet])
def network(request):
    return request.param()


def is_cut(model, name):
    """Whether the output is out of reach once the output of the layer called `name` is taken away."""
    reads = {}
    for layer in model.layers:
        tensors = [] if isinstance(layer, keras.layers.InputLayer) else layer.input
        tensors = tensors if isinstance(tensors, list) else [tensors]
        reads[layer.name] = [tensor._keras_history.operation.name for tensor in tensors]
    start, goal = (tensors[0]._keras_history.operation.name for tensors in (model.inputs, model.outputs))
    seen, waiting = set(), [goal]
    while waiting:
        layer = waiting.pop()
        if layer == name or layer in seen:
            continue
        seen.add(layer)
        waiting += reads[layer]
    return start not in seen


def test_exactly_the_layers_through_which_every_path_passes_are_cuts(network):
    expected = [layer.name for layer in network.layers if is_cut(network, layer.name)]

    assert sorted(cut.layer for cut in find_cuts(network)) == sorted(expected)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_cuts_of_any_small_network_are_those_found_by_trying(data):
    tensors = [keras.Input((2,), name="node_0")]
    for position in range(1, data.draw(st.integers(1, 8), label="layers") + 1):
        sources = data.draw(st.sets(st.integers(0, position - 1), min_size=1, max_size=3), label="sources")
        read = [tensors[source] for source in sorted(sources)]
        layer = keras.layers.Add if len(read) > 1 else keras.layers.Identity
        tensors.append(layer(name=f"node_{position}")(read if len(read) > 1 else read[0]))
    model = keras.Model(tensors[0], tensors[-1])
    expected = {layer.name for layer in model.layers if is_cut(model, layer.name)}

    assert {cut.layer for cut in find_cuts(model)} == expected


def test_tail_of_trunk_is_the_network(network):
    image = np.random.default_rng(0).uniform(-1, 1, (2, *network.input_shape[1:])).astype(np.float32)
    expected = network(image, training=False)["out"].numpy()
    cuts = find_cuts(network)

    for cut in [cuts[0], *cuts[1 : -1 : max(len(cuts) // 2, 1)], cuts[-1]]:
        trunk, tail = below(network, cut.index, "activation"), above(network, cut, ["out"])
        activation = trunk(image, training=False)["activation"]
        assert tuple(activation.shape[1:]) == cut.shape
        np.testing.assert_array_equal(tail(activation, training=False)["out"], expected, err_msg=cut.layer)
    assert find_cuts(network) == cuts


def test_cuts_are_ordered_from_input_to_output():
    cuts = find_cuts(residual_network())

    assert [cut.layer for cut in cuts] == ["image", "stem", "sum_1", "sum_2", "joined", "features"]
    assert [cut.share_below for cut in cuts] == sorted(cut.share_below for cut in cuts)
    assert (cuts[0].share_below, cuts[-1].share_below) == (0.0, 1.0)
    assert cuts[3].num_bytes("float16") == 4 * 4 * 6 * 2


@pytest.mark.parametrize(
    ("request_", "expected"),
    [("stem", "stem"), ("block_1", "stem"), ("relu_2", "sum_1"), ("features", "features"), (0, "image")],
)
def test_a_request_is_rounded_down_to_the_nearest_cut(request_, expected):
    network = residual_network()
    index = layer_index(network, request_)

    assert nearest_cut(find_cuts(network), index).layer == expected
    assert layer_index(network, network.layers[index].name) == index


def test_an_unknown_layer_is_an_error_that_helps():
    network = residual_network()
    count = len(network.layers)

    with pytest.raises(ConfigError, match=r"no layer 'blok_2'. Did you mean 'block_2'"):
        layer_index(network, "blok_2")
    for index in (-1, count):
        with pytest.raises(ConfigError, match=f"layers 0 to {count - 1}: received {index}"):
            layer_index(network, index)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (keras.layers.Conv2D(8, 3, padding="same"), 8 * 8 * 3 * 3 * 4 * 8),
        (keras.layers.Conv2D(8, 3, strides=2, padding="same"), 4 * 4 * 3 * 3 * 4 * 8),
        (keras.layers.Conv2D(8, 1, groups=2), 8 * 8 * 2 * 8),
        (keras.layers.DepthwiseConv2D(3), 6 * 6 * 3 * 3 * 4),
        (keras.layers.SeparableConv2D(8, 3, padding="same"), 8 * 8 * (3 * 3 * 4 + 4 * 8)),
        (keras.layers.BatchNormalization(), 0),
    ],
)
def test_multiply_adds_are_those_counted_by_hand(layer, expected):
    layer(keras.Input((8, 8, 4)))

    assert multiply_adds(layer) == expected


def test_mobilenet_takes_the_300_million_multiply_adds_of_its_paper():
    model = keras.applications.MobileNetV2(weights=None)

    assert find_cuts(model)[-1].multiply_adds_below == pytest.approx(300e6, rel=0.01)


def test_with_several_features_a_cut_lies_below_all_that_count():
    image = keras.Input((8, 8, 3), name="image")
    early = keras.layers.Conv2D(4, 3, name="early")(image)
    late = keras.layers.Conv2D(4, 3, name="late")(early)
    outputs = {
        "early": keras.layers.GlobalAveragePooling2D(name="pool_early")(early),
        "late": keras.layers.GlobalAveragePooling2D(name="pool_late")(late),
        "map": late,
    }
    model = keras.Model(image, outputs)

    def cuts(*features):
        return [cut.layer for cut in find_cuts(model, features)]

    assert cuts("late") == ["image", "early", "late", "pool_late"]
    assert cuts("late", "map") == ["image", "early", "late"]
    assert cuts("early", "late") == ["image", "early"]
    places = {layer.name: place for place, layer in enumerate(model.layers)}
    assert all(cut.index == places[cut.layer] for cut in find_cuts(model, ["late"]))


@keras.saving.register_keras_serializable("tests")
class _WithStages(keras.layers.Layer):
    """Gives what it gives, and what it gave on the way, as some encoders do."""

    def call(self, inputs):
        return inputs + 1, {"stage": inputs}


def test_a_layer_that_gives_several_tensors_is_no_cut():
    image = keras.Input((4, 6))
    x = keras.layers.Dense(6, name="below")(image)
    x, _ = _WithStages(name="encoder")(x)
    x = keras.layers.LayerNormalization(name="above")(x)

    assert [cut.layer for cut in find_cuts(keras.Model(image, x))][1:] == ["below", "above"]


def test_a_dense_layer_is_counted_for_each_token():
    tokens = keras.Input((4, 6))
    layer = keras.layers.Dense(5)
    layer(tokens)

    assert multiply_adds(layer) == 4 * 6 * 5
