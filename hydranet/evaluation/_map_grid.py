"""Where in the picture the positions of a feature map look, which is not quite where they lie in the map."""

from collections.abc import Iterable, Iterator
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
        start: of the first position, in pixels from the upper and from the left edge.
        step: pixels from one position to the next, down and to the right.
        is_even: whether the positions are those of patches, which lie evenly over the picture, whatever `start` and
            `step` say.
    """

    start: tuple[float, float] = (0.5, 0.5)
    step: tuple[float, float] = (1.0, 1.0)
    is_even: bool = False

    def above(self, tensor: Any) -> "MapGrid":
        """Return the grid of a map in a functional Keras model whose input has this grid."""
        layers = list(reversed(list(_layers_below(tensor))))
        if self.is_even or not all(sides for _, sides in layers):
            return MapGrid(is_even=True)
        down, right = (_along(axis, self.start[axis], self.step[axis], layers) for axis in (0, 1))
        return MapGrid((down[0], right[0]), (down[1], right[1]))

    def align(self, maps: np.ndarray, image_size: tuple[int, int]) -> np.ndarray:
        """Return maps whose positions look where they lie, when they are stretched over the picture.

        Args:
            maps: float32 `(batch, map_height, map_width)`; interpolated linearly.
            image_size: `(height, width)` of the picture, in pixels.
        """
        if self.is_even:
            return maps
        down, right = (
            _interpolation(maps.shape[1 + axis], image_size[axis], self.start[axis], self.step[axis])
            for axis in (0, 1)
        )
        aligned: np.ndarray = down @ maps @ right.T
        return aligned


def _along(
    axis: int, start: float, step: float, layers: Iterable[tuple[Any, tuple[int, ...]]]
) -> tuple[float, float]:
    """Return start and step along one axis behind layers, each with the sides of its input."""
    for layer, sides in layers:
        if hasattr(layer, "strides"):
            size, stride = sides[axis], layer.strides[axis]
            kernel = getattr(layer, "kernel_size", None) or layer.pool_size
            reach = (kernel[axis] - 1) * getattr(layer, "dilation_rate", (1, 1))[axis]
            missing = max((-(-size // stride) - 1) * stride + reach + 1 - size, 0)
            before = missing // 2 if layer.padding == "same" else 0
            start, step = start + (reach / 2 - before) * step, step * stride
        elif isinstance(getattr(layer, "padding", None), tuple):  # ZeroPadding2D
            start -= layer.padding[axis][0] * step
    return start, step


def _interpolation(count: int, size: int, start: float, step: float) -> np.ndarray:
    """Return what spreads `count` positions evenly over `size` pixels: float32 `(count, count)`."""
    centres = (np.arange(count) + 0.5) * size / count
    places = np.clip((centres - start) / step, 0, count - 1)
    lower = np.floor(places).astype(int)
    weights = np.zeros((count, count), np.float32)
    weights[np.arange(count), lower] = 1 - (places - lower)
    weights[np.arange(count), np.minimum(lower + 1, count - 1)] += places - lower
    return weights


def _layers_below(tensor: Any) -> Iterator[tuple[Any, tuple[int, ...]]]:
    """Yield layers and the sides of their input, down to the model's; of branches the first, as all share a grid."""
    while inputs := _inputs(tensor):
        layer = tensor._keras_history.operation
        for inner in reversed(getattr(layer, "layers", ())):  # of a model within the model
            yield inner, _sides(inner.input)
        yield layer, _sides(inputs[0])
        tensor = inputs[0]


def _sides(tensor: Any) -> tuple[int, ...]:
    """Return the sides of a map; tokens have none."""
    return () if len(tensor.shape) == 3 else tuple(tensor.shape[1:3])


def _inputs(tensor: Any) -> list[Any]:
    operation, node, _ = tensor._keras_history
    inputs: list[Any] = operation._inbound_nodes[node].input_tensors
    return inputs
