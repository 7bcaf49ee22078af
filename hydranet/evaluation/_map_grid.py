"""Where in the picture the positions of a feature map look, which is not quite where they lie in the map."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class MapGrid:
    """The centres of what the positions of a map see (Araujo, Norris and Sim 2019, doi:10.23915/distill.00021).

    A strided layer that pads on one side only shifts its map by a fraction of a position. Over the five halvings of
    most networks this adds up to nearly half a position of the last map: a tenth of a picture of 160 pixels. By
    default the grid of the picture itself.

    Args:
        start: of the first position, in pixels from the upper and the left edge.
        step: pixels from one position to the next.
    """

    start: float = 0.5
    step: float = 1.0

    def above(self, tensor: Any) -> "MapGrid":
        """Return the grid of a map in a functional Keras model whose input has this grid; both are square."""
        start, step = self.start, self.step
        for layer, size in reversed(list(_layers_below(tensor))):
            if hasattr(layer, "strides"):
                kernel = getattr(layer, "kernel_size", None) or layer.pool_size
                reach, stride = (kernel[0] - 1) * getattr(layer, "dilation_rate", (1,))[0], layer.strides[0]
                missing = max((-(-size // stride) - 1) * stride + reach + 1 - size, 0)
                before = missing // 2 if layer.padding == "same" else 0
                start, step = start + (reach / 2 - before) * step, step * stride
            elif isinstance(getattr(layer, "padding", None), tuple):  # ZeroPadding2D
                start -= layer.padding[0][0] * step
        return MapGrid(start, step)

    def align(self, maps: np.ndarray, image_size: int) -> np.ndarray:
        """Return maps whose positions look where they lie, when they are stretched over the picture.

        Args:
            maps: float32 `(batch, map_size, map_size)`; interpolated linearly.
            image_size: of the picture, in pixels.
        """
        count = maps.shape[1]
        centres = (np.arange(count) + 0.5) * image_size / count
        places = np.clip((centres - self.start) / self.step, 0, count - 1)
        lower = np.floor(places).astype(int)
        weights = np.zeros((count, count), np.float32)
        weights[np.arange(count), lower] = 1 - (places - lower)
        weights[np.arange(count), np.minimum(lower + 1, count - 1)] += places - lower
        return weights @ maps @ weights.T


def _layers_below(tensor: Any) -> Iterator[tuple[Any, int]]:
    """Yield layers and the size of their input, down to the model's; of branches the first, as all share a grid."""
    while inputs := _inputs(tensor):
        layer = tensor._keras_history.operation
        for inner in reversed(getattr(layer, "layers", ())):  # of a model within the model
            yield inner, inner.input.shape[1]
        yield layer, inputs[0].shape[1]
        tensor = inputs[0]


def _inputs(tensor: Any) -> list[Any]:
    operation, node, _ = tensor._keras_history
    inputs: list[Any] = operation._inbound_nodes[node].input_tensors
    return inputs
