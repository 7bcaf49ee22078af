"""Networks in the standard file formats, run by the runtimes made for them, without TensorFlow.

The same backbone runs about twice as fast in ONNX Runtime, OpenVINO or LiteRT as in TensorFlow itself, and starts in
a fraction of the time. A network is one file with one input and named outputs: `hydranet.engines._convert` makes it
(with TensorFlow), and `load_network` gives it back as a function of arrays:

    convert(model, Path("trunk.onnx"), file_format="onnx")
    network = load_network("onnxruntime", Path("trunk.onnx"))
    network(images)["features"]
"""

from hydranet.engines._compile import compile_network
from hydranet.engines._convert import CONVERSIONS, convert
from hydranet.engines._in_memory import as_network, run_on_engine
from hydranet.engines._network import (
    FORMAT_OF,
    SUFFIX_OF,
    available_cores,
    check_engine,
    installed_engines,
    load_network,
)

__all__ = [
    "CONVERSIONS",
    "FORMAT_OF",
    "SUFFIX_OF",
    "as_network",
    "available_cores",
    "check_engine",
    "compile_network",
    "convert",
    "installed_engines",
    "load_network",
    "run_on_engine",
]
