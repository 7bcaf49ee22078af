"""Heads as data: what they check, and which layers they build."""

import numpy as np
import pytest

from hydranet.errors import ConfigError
from hydranet.heads import MLP, Custom, Flatten, Linear

VECTOR, MAP = (6,), (3, 4, 6)


def layer_names(head, feature_shape):
    return [type(layer).__name__ for layer in head.layers(5, feature_shape)]


@pytest.mark.parametrize("head", [Linear, MLP, Flatten])
@pytest.mark.parametrize("dropout", [1.0, -0.1, float("nan"), 2])
def test_a_dropout_outside_its_range_is_refused(head, dropout):
    with pytest.raises(ConfigError, match=r"dropout must be in \[0, 1\): received"):
        head(dropout=dropout)


@pytest.mark.parametrize("hidden", [(), (0,), (8, -1)])
def test_hidden_layers_need_a_size(hidden):
    with pytest.raises(ConfigError, match=r"hidden(\.\d)? must be at least 1"):
        MLP(hidden=hidden)


def test_only_one_dense_layer_without_dropout_is_a_convex_problem():
    assert Linear().is_linear
    assert Flatten().is_linear
    assert not Linear(dropout=0.1).is_linear
    assert not Flatten(dropout=0.1).is_linear
    assert not MLP().is_linear
    assert not Custom("a>B").is_linear


def test_a_feature_map_is_averaged_before_a_dense_layer():
    assert layer_names(Linear(dropout=0.2), VECTOR) == ["Dropout", "Dense"]
    assert layer_names(Linear(dropout=0.2), MAP) == ["Reshape", "PresentAverage", "Dropout", "Dense"]
    assert layer_names(MLP(), MAP)[1] == "PresentAverage"
    assert layer_names(Flatten(), MAP) == ["Flatten", "Dense"]


def test_the_hidden_stack_normalises_and_drops_where_asked_for():
    head = MLP(hidden=(200, 100), batch_norm=True, dropout=0.4)
    assert layer_names(head, VECTOR) == ["Dense", "BatchNormalization", "Dropout"] * 2 + ["Dense"]


@pytest.mark.parametrize("head", [Linear(), MLP(hidden=(8,)), Flatten()])
def test_outputs_have_no_activation(head):
    assert head.layers(5, MAP)[-1].get_config()["activation"] == "linear"


@pytest.mark.parametrize("head", [Linear(), MLP(), Flatten()])
def test_layers_are_new_each_time(head):
    first, second = head.layers(5, MAP), head.layers(5, MAP)
    assert not {id(layer) for layer in first} & {id(layer) for layer in second}


def test_a_flatten_head_needs_a_feature_map_and_says_how_to_get_one():
    Flatten().check_features(MAP)
    with pytest.raises(
        ConfigError, match=r"received features of shape \(6,\)\. Let it read the map, `head: {feature: map}`"
    ):
        Flatten().check_features(VECTOR)


@pytest.fixture(scope="module")
def attention():
    import keras

    @keras.saving.register_keras_serializable("test_heads")
    class Attention(keras.layers.Layer):
        def __init__(self, num_outputs, scale=1.0, **kwargs):
            super().__init__(**kwargs)
            self.num_outputs, self.scale = num_outputs, scale

        def call(self, features):
            return self.scale * features[:, : self.num_outputs]

    yield Attention
    keras.saving.get_custom_objects().pop("test_heads>Attention")


def test_a_custom_layer_is_made_with_its_config(attention):
    [layer] = Custom("test_heads>Attention", {"scale": 2.0}).layers(5, VECTOR)
    assert isinstance(layer, attention)
    np.testing.assert_array_equal(layer(np.ones((1, 6), np.float32)), np.full((1, 5), 2))


@pytest.mark.usefixtures("attention")
def test_a_custom_layer_that_is_not_registered_names_the_nearest_and_the_way_out():
    with pytest.raises(ConfigError) as caught:
        Custom("test_heads>Atention").layers(5, VECTOR)
    assert "Did you mean 'test_heads>Attention'?" in str(caught.value)
    assert "`plugins:`" in str(caught.value)


@pytest.mark.usefixtures("attention")
def test_a_custom_layer_that_does_not_take_its_config_says_so():
    with pytest.raises(ConfigError, match=r"can't be made with num_outputs=5 and {'scael': 2}: .*scael"):
        Custom("test_heads>Attention", {"scael": 2}).layers(5, VECTOR)
