"""Earlier levels of a network: maps below the last one, whose averages tell what the last one has already left out.

Features of several depths joined serve a linear head on pictures unlike those of the pretraining better than the last
alone (Evci et al., Head2Toe: Utilizing Intermediate Representations for Better Transfer Learning, 2022,
arXiv:2201.03529).
"""

import math
from typing import Any

from hydranet.backbones._cuts import multiply_adds, topological
from hydranet.errors import ConfigError


def find_levels(model: Any, feature_map: Any) -> tuple[Any, Any]:
    """Return two maps below the last one: mostly that of the resolution before, and one of its own resolution.

    Each is the widest of its resolution, the last of those: there are many channels, and they are not summed up yet. Of
    the last resolution only those count that a layer with weights still follows; where there is none, the resolution
    before the one before stands in.

    Args:
        model: a functional Keras model.
        feature_map: its last map, `(batch, height, width, channels)`.

    Returns:
        Two tensors of the model, the earlier one first.

    Raises:
        ConfigError: it has no two earlier maps.

    Example:
        >>> import keras
        >>> network = keras.applications.MobileNetV2((96, 96, 3), weights=None, include_top=False)
        >>> [level._keras_history.operation.name for level in find_levels(network, network.output)]
        ['block_13_expand_relu', 'block_16_depthwise_relu']
    """
    layers = topological(model)
    kernels = [place for place, layer in enumerate(layers) if multiply_adds(layer)]
    # Before the first one, maps are the picture itself.
    within = layers[kernels[0] : kernels[-1]] if kernels else []
    widest: dict[int, Any] = {}  # by the number of positions
    for layer in within:
        if _gives_map(layer):
            size = math.prod(layer.output.shape[1:3])
            if size not in widest or layer.output.shape[-1] >= widest[size].shape[-1]:
                widest[size] = layer.output
    nearest = [widest[size] for size in sorted(widest) if size >= math.prod(feature_map.shape[1:3])]
    if len(nearest) < 2:
        raise ConfigError(f"{model.name} has no two levels below its last map: use `pooled: last`.")
    return nearest[1], nearest[0]


def _gives_map(layer: Any) -> bool:
    """Whether a layer gives one map; padding gives no new one, and the input is none."""
    shape = getattr(getattr(layer, "output", None), "shape", ())
    is_map = len(shape) == 4 and None not in shape[1:]
    return is_map and type(layer).__name__ not in ("InputLayer", "ZeroPadding2D", "Cropping2D")
