"""From a TensorFlow function to a LiteRT model that computes in 8-bit integers."""

import warnings
from typing import Any

import numpy as np

from hydranet.engines._float_layers import Operation, float_operations


def quantize(converter: Any, calibration: np.ndarray) -> bytes:
    """Return a LiteRT model that computes in 8-bit integers between its float32 input and outputs.

    Args:
        converter: a new `tf.lite.TFLiteConverter` of a function with one input.
        calibration: float32 rows like its input.
    """
    import tensorflow as tf

    names = _float_tensors(converter.convert(), takes_pictures=calibration.shape[-1] == 3)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([row[None]] for row in calibration)
    options = tf.lite.experimental.QuantizationDebugOptions(denylisted_nodes=names)
    with warnings.catch_warnings():
        # It makes an interpreter, which says that it has another successor by now.
        warnings.filterwarnings("ignore", message=r"\s*Warning: tf\.lite\.Interpreter is deprecated")
        debugger = tf.lite.experimental.QuantizationDebugger(converter=converter, debug_options=options)
        model: bytes = debugger.get_nondebug_quantized_model()
    return model


def _float_tensors(content: bytes, *, takes_pictures: bool) -> list[str]:
    """Return the names of the tensors whose operations stay float32."""
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(content, 0)
    [graph] = model.subgraphs
    kinds = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}

    def names(places: Any) -> list[str]:
        return [graph.tensors[place].name.decode() for place in places if place >= 0]

    operations = [
        Operation(
            names(operator.outputs)[0],
            kinds[model.operatorCodes[operator.opcodeIndex].builtinCode],
            names(operator.inputs),
            names(operator.outputs),
        )
        for operator in graph.operators
    ]
    return float_operations(operations, names(graph.outputs), takes_pictures=takes_pictures)
