"""A head made of dense layers, in NumPy: what most heads are once they are trained."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

Reduction = Literal["none", "average", "average_present", "flatten"]

_FLOORS = {"linear": -np.inf, "relu": 0.0}


class DenseLayer(NamedTuple):
    """`maximum(inputs @ kernel.T + bias, floor) * scale + offset`.

    Layers side by side are again such a layer: each part is those of the layers, one after the other.

    Args:
        kernel: float32 `(num_outputs, num_inputs)`.
        bias, scale, offset: float32 `(num_outputs,)`.
        floor: float32 `(num_outputs,)`: 0 for a ReLU, minus infinity for no activation.
    """

    kernel: np.ndarray
    bias: np.ndarray
    floor: np.ndarray
    scale: np.ndarray
    offset: np.ndarray

    def finish(self, product: np.ndarray) -> np.ndarray:
        """Return the outputs from `inputs @ kernel.T`."""
        return np.maximum(product + self.bias, self.floor) * self.scale + self.offset


class DenseHead(NamedTuple):
    """Dense layers, one after the other, on features that are first made a vector.

    Args:
        reduction: what is done with a feature map, or with several pictures: `average` over all, `average_present` over
            those with any feature but zero, or `flatten`.
        layers: at least one.
    """

    reduction: Reduction
    layers: tuple[DenseLayer, ...]

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Return raw outputs: float32 `(batch, num_outputs)`."""
        outputs = reduce_features(features, self.reduction)
        for layer in self.layers:
            outputs = layer.finish(outputs @ layer.kernel.T)
        return outputs

    @property
    def shape(self) -> tuple[Any, ...]:
        """What heads must have in common to run together."""
        return (self.reduction, *(layer.kernel.shape for layer in self.layers))


def reduce_features(features: np.ndarray, reduction: Reduction) -> np.ndarray:
    """Return features as vectors: float32 `(batch, num_features)`."""
    if reduction == "none":
        return features
    flat = features.reshape(len(features), -1, features.shape[-1])
    match reduction:
        case "flatten":
            return flat.reshape(len(features), -1)
        case "average":
            return flat.mean(axis=1)
    count = flat.any(axis=2).sum(axis=1, dtype=np.float32)
    return flat.sum(axis=1) / np.maximum(count, 1)[:, None]


def build_dense_head(layers: Sequence[Mapping[str, Any]], weights: Sequence[np.ndarray]) -> DenseHead:
    """Return the head that a head file describes.

    Args:
        layers: as `Head.dense_layers` gives them.
        weights: in the order in which Keras has them.

    Raises:
        ValueError, KeyError: layers and weights do not fit together.
    """
    reduction: Reduction = "none"
    dense: list[DenseLayer] = []
    remaining = [np.asarray(weight, np.float32) for weight in weights]
    for layer in layers:
        match layer["kind"]:
            case "average" | "average_present" | "flatten" as kind if not dense:
                reduction = kind
            case "dense":
                kernel = np.ascontiguousarray(remaining.pop(0).T)
                bias = remaining.pop(0) if layer["use_bias"] else np.zeros(len(kernel), np.float32)
                dense.append(_layer(kernel, bias, _FLOORS[layer["activation"]]))
            case "batch_norm":
                gamma, beta, mean, variance = (remaining.pop(0) for _ in range(4))
                scale = gamma / np.sqrt(variance + np.float32(layer["epsilon"]))
                dense[-1] = _rescaled(dense[-1], scale, beta - mean * scale)
            case "rescaling":
                dense[-1] = _rescaled(dense[-1], np.float32(layer["scale"]), np.float32(layer["offset"]))
            case unknown:
                raise ValueError(f"no such layer: {unknown!r}")
    if remaining or not dense:
        raise ValueError(f"{len(remaining)} weights too many for {len(dense)} dense layers")
    return DenseHead(reduction, tuple(dense))


def _layer(kernel: np.ndarray, bias: np.ndarray, floor: float) -> DenseLayer:
    floors, ones, zeros = (np.full(len(kernel), value, np.float32) for value in (floor, 1.0, 0.0))
    return DenseLayer(kernel, bias, floors, ones, zeros)


def _rescaled(layer: DenseLayer, scale: Any, offset: Any) -> DenseLayer:
    return layer._replace(
        scale=(layer.scale * scale).astype(np.float32),
        offset=(layer.offset * scale + offset).astype(np.float32),
    )
