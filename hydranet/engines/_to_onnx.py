"""From a Keras network to an ONNX file."""

import logging
from typing import Any

import numpy as np

from hydranet.engines._as_network import constant_function
from hydranet.engines._quiet import quiet
from hydranet.errors import ModelError
from hydranet.naming import listed

_OPSET = 17  # of ONNX, from 2022: all runtimes in use read it


def to_onnx(network: Any, precision: str, calibration: np.ndarray | None) -> bytes:
    """Return a network as the content of an ONNX file; see `FileEngine.serialize`.

    Raises:
        ModelError: it computes something for which ONNX has no word.
    """
    import tf2onnx

    function = constant_function(network)
    with quiet("tf2onnx", "tf2onnx.tfonnx", level=logging.CRITICAL):  # what it can't convert is said below
        model, _ = tf2onnx.convert.from_function(
            function, function.input_signature, opset=_OPSET, custom_op_handlers={"Erfc": (_erfc, [])}
        )
    _check_operators(model)
    for tensor in (*model.graph.input, *model.graph.output):
        tensor.type.tensor_type.shape.dim[0].dim_param = "batch"
    if precision == "int8" and calibration is not None:
        from hydranet.engines._quantize_onnx import quantize

        with quiet("root"):
            model = quantize(model, calibration)
    elif precision == "float16":
        _halve(model)
    content: bytes = model.SerializeToString()
    return content


def _erfc(graph: Any, node: Any, name: str, arguments: Any) -> None:
    """Convert the complementary error function, of which Keras makes its GELU: 1 - erf(x)."""
    node.type = "Erf"
    one = graph.make_const(f"{name}/one", np.ones((), np.float32))
    inputs = [one.output[0], node.output[0]]
    graph.insert_new_node_on_output("Sub", node.output[0], name=f"{name}/complement", inputs=inputs)


def _check_operators(model: Any) -> None:
    import onnx

    nodes = [node for node in model.graph.node if node.domain in ("", "ai.onnx")]
    unknown = {node.op_type for node in nodes if not onnx.defs.has(node.op_type)}
    if unknown:
        raise ModelError(
            f"The network can't be converted to ONNX, which has no {listed(sorted(unknown))}: use another engine or "
            "format, such as litert, tensorflow or saved_model."
        )


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
