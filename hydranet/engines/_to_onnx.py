"""From a Keras network to an ONNX file."""

from typing import Any

import numpy as np

from hydranet.engines._as_network import constant_function
from hydranet.engines._quiet import quiet

_OPSET = 17  # of ONNX, from 2022: all runtimes in use read it


def to_onnx(network: Any, precision: str, calibration: np.ndarray | None) -> bytes:
    """Return a network as the content of an ONNX file; see `FileEngine.serialize`."""
    import tf2onnx

    function = constant_function(network)
    with quiet("tf2onnx"):
        model, _ = tf2onnx.convert.from_function(function, function.input_signature, opset=_OPSET)
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
