"""ONNX Runtime as an engine: networks in ONNX files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hydranet.engines._file_engine import FileEngine
from hydranet.engines._passes import in_passes
from hydranet.engines._to_onnx import to_onnx


@dataclass(frozen=True, kw_only=True)
class OnnxRuntime(FileEngine):
    """ONNX Runtime on the CPU."""

    name: str = "onnxruntime"
    precisions: tuple[str, ...] = ("float32", "float16", "int8")
    suffixes: tuple[str, ...] = (".onnx",)
    modules: tuple[str, ...] = ("onnxruntime",)
    requirement: str = "hydranet[onnx]"

    def serialize(self, network: Any, precision: str, calibration: np.ndarray | None) -> dict[str, bytes]:
        """Return the content of an ONNX file; see `FileEngine`."""
        return {".onnx": to_onnx(network, precision, calibration)}

    def open(self, path: Path, precision: str, num_threads: int) -> "OnnxRuntimeNetwork":
        """Return the network in an ONNX file; see `FileEngine`."""
        return OnnxRuntimeNetwork(path, num_threads)


class OnnxRuntimeNetwork:
    """The network in an `.onnx` file.

    Args:
        path: the file.
        num_threads: threads for one call.
    """

    def __init__(self, path: Path, num_threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = num_threads
        # Threads that spin while they wait take the cores from those that decode the next pictures: a third slower.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Warnings tell about the file, which its reader can't change.
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        [network_input] = self._session.get_inputs()
        self._input_name = network_input.name
        self._rows_per_pass = 4 * num_threads  # faster than 32 on two cores, in a third of the memory
        self.output_names = tuple(output.name for output in self._session.get_outputs())

    def __call__(self, inputs: np.ndarray) -> dict[str, np.ndarray]:
        """Return the outputs for `inputs`, by name."""
        return in_passes(self._run, inputs, self._rows_per_pass)

    def _run(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        return dict(zip(self.output_names, self._session.run(None, {self._input_name: rows}), strict=True))
