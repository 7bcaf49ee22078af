"""From a Keras network to a file that a light engine runs: ONNX, OpenVINO or LiteRT."""

import contextlib
import logging
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hydranet.errors import ConfigError
from hydranet.files import atomic_path
from hydranet.naming import unknown_name

# In which precisions each format is written.
CONVERSIONS: dict[str, tuple[str, ...]] = {
    "onnx": ("float32", "float16", "int8"),
    "openvino": ("float32", "float16", "int8"),
    "litert": ("float32", "float16", "int8"),
}

_OPSET = 17  # of ONNX, from 2022: all runtimes in use read it


def convert(
    network: Any,
    path: Path,
    *,
    file_format: str,
    precision: str = "float32",
    calibration: np.ndarray | None = None,
) -> None:
    """Write a network as a file with its weights built in, whole or not at all.

    Args:
        network: a functional Keras model with one float32 input `(batch, ...)` and a dict of outputs; their names
            are the names in the file.
        path: with the suffix of the format; OpenVINO writes a `.bin` file beside it.
        file_format: `onnx`, `openvino` or `litert`.
        precision: `float32`; `float16`, which stores the weights as half; or `int8`, which computes in 8-bit
            integers. Input and outputs are float32 in any case.
        calibration: float32 rows like the input, which show int8 what ranges the activations have.

    Raises:
        ConfigError: there is no such format or precision, or no rows to calibrate on.
    """
    if file_format not in CONVERSIONS:
        raise ConfigError(unknown_name("file format", file_format, CONVERSIONS))
    if precision not in CONVERSIONS[file_format]:
        raise ConfigError(unknown_name(f"precision of {file_format}", precision, CONVERSIONS[file_format]))
    if precision == "int8" and (calibration is None or not len(calibration)):
        raise ConfigError("int8 needs rows to calibrate on: received none. Give `calibration`.")
    converters: dict[str, Callable[..., dict[str, bytes]]] = {
        "onnx": _to_onnx,
        "openvino": _to_openvino,
        "litert": _to_litert,
    }
    files = converters[file_format](_frozen(network), precision, calibration)
    with contextlib.ExitStack() as stack:  # all are on the disk before one is moved into place
        for suffix, content in files.items():
            stack.enter_context(atomic_path(path.with_suffix(suffix))).write_bytes(content)


def _frozen(network: Any) -> Any:
    """Return a network as a `tf.function` of its input, its weights built in, so that BatchNorm can be folded."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    [tensor] = network.inputs
    signature = tf.TensorSpec((None, *tensor.shape[1:]), tf.float32, name=tensor.name)
    traced = tf.function(
        lambda inputs: network(inputs, training=False), input_signature=[signature], autograph=False
    ).get_concrete_function()
    constant = convert_variables_to_constants_v2(traced)
    names = sorted(traced.structured_outputs)  # TensorFlow flattens a dict in this order
    return tf.function(
        lambda inputs: dict(zip(names, constant(inputs), strict=True)),
        input_signature=[signature],
        autograph=False,
    )


def _to_onnx(function: Any, precision: str, calibration: np.ndarray | None) -> dict[str, bytes]:
    import tf2onnx

    with _quiet("tf2onnx"):
        model, _ = tf2onnx.convert.from_function(function, function.input_signature, opset=_OPSET)
    for tensor in (*model.graph.input, *model.graph.output):
        tensor.type.tensor_type.shape.dim[0].dim_param = "batch"
    if precision == "int8" and calibration is not None:
        from hydranet.engines import _quantize_onnx as quantize_onnx

        with _quiet("root"):
            model = quantize_onnx.quantize(model, calibration)
    elif precision == "float16":
        _halve(model)
    return {".onnx": model.SerializeToString()}


def _halve(model: Any) -> None:
    """Store the weights of an ONNX model as half; runtimes turn them into float32 again when they load it."""
    import onnx

    graph = model.graph
    for number, tensor in enumerate(list(graph.initializer)):
        weights = onnx.numpy_helper.to_array(tensor)
        if (
            weights.dtype != np.float32
            or weights.ndim < 2
            or np.abs(weights).max() > np.finfo(np.float16).max
        ):
            continue
        name = tensor.name
        half = onnx.numpy_helper.from_array(weights.astype(np.float16), f"{name}_half")
        tensor.CopyFrom(half)
        cast = onnx.helper.make_node("Cast", [half.name], [name], to=onnx.TensorProto.FLOAT)
        graph.node.insert(number, cast)


def _to_openvino(function: Any, precision: str, calibration: np.ndarray | None) -> dict[str, bytes]:
    import openvino

    # OpenVINO compresses float16 itself, which is the only way it knows how to.
    [onnx] = _to_onnx(function, "int8" if precision == "int8" else "float32", calibration).values()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "model.xml"
        (Path(name) / "model.onnx").write_bytes(onnx)
        # Not `openvino.convert_model`, which may report its use over the network.
        model = openvino.Core().read_model(Path(name) / "model.onnx")
        openvino.save_model(model, path, compress_to_fp16=precision == "float16")
        return {suffix: path.with_suffix(suffix).read_bytes() for suffix in (".bin", ".xml")}


def _to_litert(function: Any, precision: str, calibration: np.ndarray | None) -> dict[str, bytes]:
    import tensorflow as tf

    # The second argument chooses the way of conversion that keeps names.
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [function.get_concrete_function()], tf.Module()
    )
    with _quiet("absl", "tensorflow"):
        if precision == "int8" and calibration is not None:
            from hydranet.engines import _quantize_litert as quantize_litert

            return {".tflite": quantize_litert.quantize(converter, calibration)}
        if precision == "float16":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        return {".tflite": converter.convert()}


@contextlib.contextmanager
def _quiet(*names: str) -> Iterator[None]:
    """Keep the loggers of converters from telling how they work."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
