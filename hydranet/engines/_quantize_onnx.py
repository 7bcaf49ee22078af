"""From a float32 ONNX model to one that computes in 8-bit integers."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from hydranet.engines._float_layers import Operation, float_operations

# The mean of the pictures' ranges: with their union, one picture with an outlier would make the steps between the 256
# numbers coarser for all.
_RANGES = {"CalibMovingAverage": True}


def quantize(model: Any, calibration: np.ndarray) -> Any:
    """Return an ONNX model that computes in 8-bit integers between its float32 input and outputs.

    Weights have a scale for each channel, and BatchNorm is folded into them first; without the first, depthwise
    convolutions lose most of what they know (Krishnamoorthi 2018, arXiv:1806.08342).

    Args:
        model: float32, an `onnx.ModelProto`.
        calibration: float32 rows like its input.
    """
    import onnx
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Rows(quantization.CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._rows = iter(calibration)

        def get_next(self) -> dict[str, np.ndarray] | None:
            row = next(self._rows, None)
            return None if row is None else {model.graph.input[0].name: row[None]}

    with tempfile.TemporaryDirectory() as name:
        plain, folded, quantized = (Path(name) / f"{step}.onnx" for step in ("plain", "folded", "quantized"))
        onnx.save(model, plain)
        quant_pre_process(plain, folded, skip_symbolic_shape=True)
        quantization.quantize_static(
            folded,
            quantized,
            Rows(),
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            nodes_to_exclude=_float_nodes(onnx.load(folded)),
            extra_options=_RANGES,
        )
        return onnx.load(quantized)


def _float_nodes(model: Any) -> list[str]:
    graph = model.graph
    operations = [Operation(node.name, node.op_type, node.input, node.output) for node in graph.node]
    channels = graph.input[0].type.tensor_type.shape.dim[-1].dim_value
    return float_operations(
        operations, [output.name for output in graph.output], takes_pictures=channels == 3
    )
