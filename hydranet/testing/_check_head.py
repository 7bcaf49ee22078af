"""`check_head`: what every kind of head must do, for the tests of people who write one."""

import dataclasses
import math

import numpy as np

from hydranet.errors import ConfigError, HydraNetError
from hydranet.heads import Head
from hydranet.settings import to_config, validate
from hydranet.testing._dense_layers import check_dense_layers
from hydranet.testing._expect import expect, finite, raises

FEATURE_SHAPES: tuple[tuple[int, ...], ...] = ((8,), (2, 3, 8))
_NUM_OUTPUTS, _NUM_ROWS = 3, 4


def check_head(head: Head, feature_shapes: tuple[tuple[int, ...], ...] = FEATURE_SHAPES) -> None:
    """Check that `head` keeps the contract of `hydranet.heads.Head`, so that it works under every task.

    Use it in a test of your own kind of head. Its layers are built for features of each shape that it does not refuse.

    Args:
        head: with its settings.
        feature_shapes: of one picture's features; by default a vector and a map.

    Raises:
        AssertionError: it breaks the contract; the message says how.

    Example:
        >>> from hydranet import MLP
        >>> check_head(MLP(hidden=(16,), dropout=0.1))
    """
    try:
        _check_is_data(head)
        for shape in accepted_shapes(head, feature_shapes):
            _check_layers(head, shape)
    except HydraNetError as error:
        raise AssertionError(f"{head}: {error}") from error


def accepted_shapes(
    head: Head, shapes: tuple[tuple[int, ...], ...] = FEATURE_SHAPES
) -> list[tuple[int, ...]]:
    """Return those of the shapes that a head does not refuse, of which there must be one."""
    accepted = [shape for shape in shapes if not raises(ConfigError, head.check_features, shape)]
    expect(accepted, f"the head refuses features of each of the shapes {shapes}.")
    return accepted


def _check_is_data(head: Head) -> None:
    advice = "decorate its class with @dataclass(frozen=True), and leave __eq__ to that."
    expect(raises(dataclasses.FrozenInstanceError, setattr, head, "kind", ""), f"{head} can change: {advice}")
    errors: list[str] = []
    copy = validate(Head, to_config(head), errors)  # type: ignore[type-abstract]
    advice = "keep all state in fields of JSON types, and give each class a `kind` of its own."
    expect(copy == head, f"its config gives {copy or errors}, expected {head}: {advice}")


def _check_layers(head: Head, feature_shape: tuple[int, ...]) -> None:
    import keras

    features = np.random.default_rng(0).standard_normal((_NUM_ROWS, *feature_shape)).astype(np.float32)
    layers, others = (head.layers(_NUM_OUTPUTS, feature_shape) for _ in range(2))
    shared = {id(layer) for layer in layers} & {id(layer) for layer in others}
    expect(not shared, "layers gives the same layers twice: make new ones each time.")
    network = keras.Sequential(layers)
    outputs = np.asarray(network(features, training=False))
    last = outputs.shape[-1]
    expect(last == _NUM_OUTPUTS, f"layers gives {last} outputs along the last axis, expected {_NUM_OUTPUTS}.")
    finite(f"the head on features {features.shape}", outputs, outputs.shape)
    expect(network.trainable_weights, "the head has no trainable weights: nothing could be learnt.")
    if head.is_linear:
        _check_linear(network, features)
    check_dense_layers(network, head.dense_layers(feature_shape), features)


def _check_linear(network: object, features: np.ndarray) -> None:
    """Check that outputs are a linear function of the features, with the layer last that training solves for."""
    import keras

    assert isinstance(network, keras.Sequential)
    expect(
        isinstance(network.layers[-1], keras.layers.Dense),
        f"is_linear is True, but the last layer is a {type(network.layers[-1]).__name__}, expected Dense.",
    )
    one, two = features, np.roll(features, 1, axis=0)
    middle = np.asarray(network((one + two) / 2, training=True))
    between = (np.asarray(network(one, training=True)) + np.asarray(network(two, training=True))) / 2
    close = 1e-4 * math.sqrt(features[0].size)
    expect(np.allclose(middle, between, atol=close), "is_linear is True, but outputs are no linear function.")
