"""An engine that needs nothing but NumPy: networks in `.npz` files, computed operation by operation."""

import io
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hydranet import ModelError
from hydranet.engines import FileEngine, constant_function, register_engine

_ROWS_PER_PASS = 8
_ATTRIBUTES = {
    "Conv2D": ("strides", "padding"),
    "DepthwiseConv2dNative": ("strides", "padding"),
    "Mean": ("keep_dims",),
    "Squeeze": ("squeeze_dims",),
}


@dataclass(frozen=True, kw_only=True)
class NumPy(FileEngine):
    """NumPy as an engine: slow, and there wherever hydranet is."""

    name: str = "numpy"
    suffixes: tuple[str, ...] = (".npz",)
    modules: tuple[str, ...] = ("numpy",)
    requirement: str = "numpy"

    def serialize(self, network: Any, precision: str, calibration: np.ndarray | None) -> dict[str, bytes]:
        """Return the network's graph: its constants as arrays, and what is done with them as JSON."""
        from tensorflow import make_ndarray
        from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

        traced = constant_function(network).get_concrete_function()
        flat = convert_variables_to_constants_v2(traced)  # once more: now it calls no other function
        steps, constants = [], {}
        for operation in flat.graph.get_operations():
            if operation.type == "Const":
                constants[operation.name] = make_ndarray(operation.get_attr("value"))
            elif operation.type not in {"Placeholder", "NoOp"}:
                attributes = {name: operation.get_attr(name) for name in _ATTRIBUTES.get(operation.type, ())}
                inputs = [tensor.op.name for tensor in operation.inputs]
                if operation.type not in _OPERATIONS:
                    raise ModelError(f"The engine numpy does not know the operation {operation.type}.")
                steps.append([operation.name, operation.type, inputs, _as_json(attributes)])
        graph = {
            "input": flat.inputs[0].op.name,
            "steps": steps,
            "outputs": dict(
                zip(sorted(network.output), [tensor.op.name for tensor in flat.outputs], strict=True)
            ),
        }
        file = io.BytesIO()
        np.savez(file, graph=np.frombuffer(json.dumps(graph).encode(), np.uint8), **constants)
        return {".npz": file.getvalue()}

    def open(self, path: Path, precision: str, num_threads: int) -> "NumPyNetwork":
        """Return the network in an `.npz` file."""
        with np.load(io.BytesIO(path.read_bytes())) as file:
            arrays = dict(file)
        return NumPyNetwork(json.loads(arrays.pop("graph").tobytes()), arrays)


class NumPyNetwork:
    """A graph and its constants as a function of arrays."""

    def __init__(self, graph: dict[str, Any], constants: dict[str, np.ndarray]) -> None:
        self._graph = graph
        self._constants = constants
        self.output_names = tuple(graph["outputs"])

    def __call__(self, inputs: np.ndarray) -> dict[str, np.ndarray]:
        """Return the outputs for `inputs`, by name."""
        starts = range(0, len(inputs), _ROWS_PER_PASS)
        parts = [self._run(inputs[start : start + _ROWS_PER_PASS]) for start in starts]
        return {name: np.concatenate([part[name] for part in parts]) for name in self.output_names}

    def _run(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        values = {**self._constants, self._graph["input"]: np.asarray(rows, np.float32)}
        for name, kind, inputs, attributes in self._graph["steps"]:
            values[name] = _OPERATIONS[kind](*(values[each] for each in inputs), **attributes)
        return {name: values[step] for name, step in self._graph["outputs"].items()}


def _as_json(attributes: dict[str, Any]) -> dict[str, Any]:
    return {name: each.decode() if isinstance(each, bytes) else each for name, each in attributes.items()}


def _windows(images: np.ndarray, kernel: np.ndarray, strides: list[int], padding: str) -> np.ndarray:
    """Return what a kernel sees at each place: `(n, rows, columns, channels, height, width)`."""
    steps, sizes = strides[1:3], kernel.shape[:2]
    if padding == "SAME":
        missing = [
            max((math.ceil(length / step) - 1) * step + size - length, 0)
            for length, step, size in zip(images.shape[1:3], steps, sizes, strict=True)
        ]
        images = np.pad(images, [(0, 0), *[(each // 2, each - each // 2) for each in missing], (0, 0)])
    seen = np.lib.stride_tricks.sliding_window_view(images, sizes, axis=(1, 2))
    return seen[:, :: steps[0], :: steps[1]]


def _convolution(images: np.ndarray, kernel: np.ndarray, strides: list[int], padding: str) -> np.ndarray:
    return np.tensordot(_windows(images, kernel, strides, padding), kernel, axes=([3, 4, 5], [2, 0, 1]))


def _depthwise(images: np.ndarray, kernel: np.ndarray, strides: list[int], padding: str) -> np.ndarray:
    product = np.einsum("nrcdhw,hwdm->nrcdm", _windows(images, kernel, strides, padding), kernel)
    return product.reshape(*product.shape[:3], -1)


def _softmax(values: np.ndarray) -> np.ndarray:
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


_OPERATIONS = {
    "AddV2": np.add,
    "BiasAdd": np.add,
    "Cast": lambda values: values.astype(np.float32),
    "Conv2D": _convolution,
    "ConcatV2": lambda *parts: np.concatenate(parts[:-1], axis=int(parts[-1])),
    "DepthwiseConv2dNative": _depthwise,
    "Identity": lambda values: values,
    "MatMul": np.matmul,
    "Mean": lambda values, axes, keep_dims: values.mean(axis=tuple(np.ravel(axes)), keepdims=keep_dims),
    "Mul": np.multiply,
    "Pad": np.pad,
    "RealDiv": np.divide,
    "Relu": lambda values: np.maximum(values, 0),
    "Relu6": lambda values: np.clip(values, 0, 6),
    "Reshape": np.reshape,
    "Rsqrt": lambda values: 1 / np.sqrt(values),
    "Sigmoid": lambda values: 1 / (1 + np.exp(-values)),
    "Softmax": _softmax,
    "Squeeze": lambda values, squeeze_dims: values.squeeze(tuple(squeeze_dims)),
    "Sub": np.subtract,
}

ENGINE = register_engine(NumPy())
