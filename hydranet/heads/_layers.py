"""Keras layers that several kinds of head have."""

from typing import Any


def pooling(feature_shape: tuple[int, ...]) -> list[Any]:
    """Return what makes a vector of a feature map, or of several pictures: the average; nothing for a vector."""
    import keras

    if len(feature_shape) == 3:
        return [keras.layers.GlobalAveragePooling2D()]
    flat = [keras.layers.Reshape((-1, feature_shape[-1]))] if len(feature_shape) > 3 else []
    return [*flat, keras.layers.GlobalAveragePooling1D()] if len(feature_shape) > 1 else []


def dense_pooling(feature_shape: tuple[int, ...]) -> list[dict[str, Any]]:
    """Return what `pooling` gives as data; see `Head.dense_layers`."""
    return [{"kind": "average"}] if len(feature_shape) > 1 else []


def dense(activation: str = "linear") -> dict[str, Any]:
    """Return a dense layer as data; see `Head.dense_layers`."""
    return {"kind": "dense", "activation": activation, "use_bias": True}


def dropout(rate: float) -> list[Any]:
    """Return dropout, if there is any."""
    import keras

    return [keras.layers.Dropout(rate)] if rate else []
