"""Layers that know pictures, on examples of several."""

from collections.abc import Callable, Mapping
from typing import Any

import keras


def picture_by_picture(
    network: Callable[[Any], Mapping[str, Any]], inputs: Any, num_axes: int
) -> Mapping[str, Any]:
    """Return what `network` gives for each picture, in the shape of the examples.

    Args:
        network: from `(batch, ...)` to named features `(batch, ...)`.
        inputs: `(batch, *example_shape, ...)`.
        num_axes: how many axes of `inputs` belong to one picture.
    """
    example_shape, of_picture = inputs.shape[1:-num_axes], inputs.shape[-num_axes:]
    if not example_shape:
        return network(inputs)
    given = network(keras.ops.reshape(inputs, (-1, *of_picture)))
    return {
        name: keras.ops.reshape(feature, (-1, *example_shape, *feature.shape[1:]))
        for name, feature in given.items()
    }
