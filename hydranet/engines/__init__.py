"""What computes a network: TensorFlow, or a light runtime that runs it from a file without TensorFlow.

The same backbone runs about twice as fast in ONNX Runtime, OpenVINO or LiteRT as in TensorFlow itself, and starts in
a fraction of the time. An engine is one frozen object; `ENGINES` holds all of them by name, and `register_engine` or
the entry-point group `hydranet.engines` adds one. A `FileEngine` converts a network, once and with TensorFlow, to a
file with one input and named outputs, and loads it as a function of arrays.

Example:
    >>> import tempfile
    >>> from pathlib import Path
    >>> import keras, numpy as np
    >>> network = as_network(keras.layers.Dense(2, kernel_initializer="ones"), (3,), input_name="rows")
    >>> engine = get_engine("litert")
    >>> path = Path(tempfile.mkdtemp()) / "dense.tflite"
    >>> engine.convert(network, path)
    >>> engine.load(path)(np.ones((1, 3), np.float32))["features"].tolist()
    [[3.0, 3.0]]
"""

from hydranet.engines._as_network import as_network, constant_function
from hydranet.engines._compile import compile_network
from hydranet.engines._cores import available_cores
from hydranet.engines._engine import Engine, Function, Network
from hydranet.engines._engines import (
    AUTO,
    ENGINES,
    FASTEST,
    REFERENCE_ENGINE,
    get_engine,
    installed_engines,
    register_engine,
)
from hydranet.engines._fast import fast_engine
from hydranet.engines._file_engine import FileEngine

__all__ = [
    "AUTO",
    "ENGINES",
    "FASTEST",
    "REFERENCE_ENGINE",
    "Engine",
    "FileEngine",
    "Function",
    "Network",
    "as_network",
    "available_cores",
    "compile_network",
    "constant_function",
    "fast_engine",
    "get_engine",
    "installed_engines",
    "register_engine",
]
