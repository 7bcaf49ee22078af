"""The classification top of an image model of `keras.applications`, as dense layers on its pooled feature."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hydranet.errors import ConfigError
from hydranet.heads import Top

# They do nothing to one vector in prediction.
_PASSED_OVER = ("Dropout", "Flatten", "Reshape")


def top_of(model: Any, without_top: Any) -> Top:
    """Return the layers of a classifier above its global average.

    Args:
        model: made with `include_top=True`, with its weights.
        without_top: the same without, up to the pooled feature.

    Raises:
        ConfigError: its top does not stand on the average of the last map, or has layers that are not dense.
    """
    layers, shared = layers_above_average(model), layers_above_average(without_top)
    kinds = [type(layer).__name__ for layer in layers]
    if kinds[: len(shared)] != [type(layer).__name__ for layer in shared]:
        raise _no_top(model, f"it has {', '.join(kinds)} above the average")
    kernels: list[np.ndarray] = []
    biases: list[np.ndarray] = []
    activations: list[str] = []
    for layer in layers[len(shared) :]:
        match type(layer).__name__:
            case "Dense" | "Conv2D":
                kernel, bias = _kernel_and_bias(layer, model)
                kernels.append(kernel)
                biases.append(bias)
                activations.append(_name_of(layer.activation))
            case "Activation" if activations:
                activations[-1] = _name_of(layer.activation)
            case "ReLU" if activations and layer.get_config()["max_value"] is None:
                activations[-1] = "relu"
            case kind if kind not in _PASSED_OVER:
                raise _no_top(model, f"it has a layer of the type {kind}")
    hidden = activations[:-1]
    if not kernels or len(set(hidden)) > 1:
        raise _no_top(model, f"its activations are {', '.join(activations) or 'none'}")
    return Top(tuple(kernels), tuple(biases), hidden[0] if hidden else "relu")


def layers_above_average(model: Any) -> Sequence[Any]:
    """Return the layers above the last global average, each of which stands on the one before."""
    names = [type(layer).__name__ for layer in model.layers]
    if "GlobalAveragePooling2D" not in names:
        raise _no_top(model, "it has no global average")
    average = len(names) - 1 - names[::-1].index("GlobalAveragePooling2D")
    above = model.layers[average + 1 :]
    below = model.layers[average]
    for layer in above:
        if layer.input is not below.output:
            raise _no_top(model, f"{layer.name} does not stand on {below.name}")
        below = layer
    return above


def _kernel_and_bias(layer: Any, model: Any) -> tuple[np.ndarray, np.ndarray]:
    weights = [np.asarray(weight, np.float32) for weight in layer.get_weights()]
    kernel = weights[0]
    if kernel.ndim == 4 and kernel.shape[:2] != (1, 1):
        raise _no_top(model, f"{layer.name} is a convolution of {kernel.shape[:2]}")
    kernel = kernel.reshape(-1, kernel.shape[-1])
    return kernel, weights[1] if len(weights) > 1 else np.zeros(kernel.shape[1], np.float32)


def _name_of(activation: Any) -> str:
    import keras

    return str(keras.activations.serialize(activation))


def _no_top(model: Any, reason: str) -> ConfigError:
    return ConfigError(
        f"The classification top of {model.name} is not made of dense layers on the average of its last map: {reason}. "
        "Train a head of your own, or take another network."
    )
