"""Layers that know pictures, on examples of several, of which some may not be there."""

from collections.abc import Callable, Mapping
from typing import Any

import keras


def picture_by_picture(
    network: Callable[[Any], Mapping[str, Any]],
    inputs: Any,
    num_axes: int,
    are_there: Callable[[Any], Any],
) -> Mapping[str, Any]:
    """Return what `network` gives for each picture, in the shape of the examples; zeros for one that is not there.

    Args:
        network: from `(batch, ...)` to named features `(batch, ...)`.
        inputs: `(batch, *example_shape, ...)`.
        num_axes: how many axes of `inputs` belong to one picture.
        are_there: tells which pictures of examples of several are there: bool `(batch,)`, of `(batch, ...)`.
    """
    shape = tuple(inputs.shape)
    example_shape, of_picture = shape[1:-num_axes], shape[-num_axes:]
    if not example_shape:
        return network(inputs)
    flat = keras.ops.reshape(inputs, (-1, *of_picture))
    there = are_there(flat)
    return {
        name: keras.ops.reshape(_where(there, feature), (-1, *example_shape, *feature.shape[1:]))
        for name, feature in network(flat).items()
    }


def _where(there: Any, feature: Any) -> Any:
    rows = keras.ops.reshape(there, (-1, *[1] * (len(feature.shape) - 1)))
    return keras.ops.where(rows, feature, keras.ops.zeros_like(feature))
