"""Keras layers that several kinds of head have."""

from typing import Any


def pooling(feature_shape: tuple[int, ...]) -> list[Any]:
    """Return what makes a vector of a feature map, or of several pictures; nothing for a vector.

    It is the average over the positions, or the pictures, that are there: those with any feature but zero.
    """
    if len(feature_shape) == 1:
        return []
    from hydranet.heads._poolings import PresentAverage

    return [*in_a_row(feature_shape), PresentAverage()]


def dense_pooling(feature_shape: tuple[int, ...]) -> list[dict[str, Any]]:
    """Return what `pooling` gives as data; see `Head.dense_layers`."""
    return [{"kind": "average_present"}] if len(feature_shape) > 1 else []


def in_a_row(feature_shape: tuple[int, ...]) -> list[Any]:
    """Return what makes one row of several pictures, or of positions: `(num_pictures, num_features)`."""
    import keras

    return [keras.layers.Reshape((-1, feature_shape[-1]))] if len(feature_shape) > 2 else []


def dense(activation: str = "linear") -> dict[str, Any]:
    """Return a dense layer as data; see `Head.dense_layers`."""
    return {"kind": "dense", "activation": activation, "use_bias": True}


def dropout(rate: float) -> list[Any]:
    """Return dropout, if there is any."""
    import keras

    return [keras.layers.Dropout(rate)] if rate else []
