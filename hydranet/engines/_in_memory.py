"""A Keras layer as a function that an engine computes, by way of a file that is not kept."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from hydranet.engines._convert import convert
from hydranet.engines._network import FORMAT_OF, SUFFIX_OF, check_engine, load_network


def as_network(
    layer: Callable[[Any], Any],
    input_shape: tuple[int, ...],
    *,
    input_name: str,
    output_name: str = "features",
) -> Any:
    """Return a layer as a functional Keras model with named input and output, as `convert` takes it."""
    import keras

    inputs = keras.Input(input_shape, name=input_name)
    return keras.Model(inputs, {output_name: layer(inputs)})


def run_on_engine(
    layer: Callable[[Any], Any], input_shape: tuple[int, ...], engine: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a layer, with its present weights, as an engine computes it in float32.

    Args:
        layer: a Keras layer or a function made of some; later changes of its weights are not seen.
        input_shape: of one row.
        engine: `onnxruntime`, `openvino` or `litert`.

    Returns:
        A function of float32 `(n, *input_shape)`, any n of at least 1, that returns float32 `(n, ...)`.

    Raises:
        ConfigError: there is no such engine, or it is not installed.
    """
    check_engine(engine, "float32")
    file_format = FORMAT_OF[engine]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / f"network{SUFFIX_OF[file_format]}"
        convert(as_network(layer, input_shape, input_name="inputs"), path, file_format=file_format)
        network = load_network(engine, path)
    return lambda inputs: network(inputs)["features"]
