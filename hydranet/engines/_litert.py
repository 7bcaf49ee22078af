"""LiteRT as an engine: networks in its files, which are TensorFlow Lite's."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hydranet.engines._as_network import constant_function
from hydranet.engines._file_engine import FileEngine
from hydranet.engines._passes import in_passes
from hydranet.engines._quiet import quiet, quiet_natively

# On two cores, one row or eight at a time are both faster than 32, in a sixth of the memory.
_ROWS_PER_PASS = 8


@dataclass(frozen=True, kw_only=True)
class LiteRt(FileEngine):
    """LiteRT on the CPU."""

    name: str = "litert"
    precisions: tuple[str, ...] = ("float32", "float16", "int8")
    suffixes: tuple[str, ...] = (".tflite",)
    modules: tuple[str, ...] = ("ai_edge_litert",)
    requirement: str = "ai-edge-litert"

    def serialize(self, network: Any, precision: str, calibration: np.ndarray | None) -> dict[str, bytes]:
        """Return the content of a `.tflite` file; see `FileEngine`."""
        import tensorflow as tf

        function = constant_function(network).get_concrete_function()
        # The second argument chooses the way of conversion that keeps names.
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function], tf.Module())
        with quiet("absl", "tensorflow"):
            if precision == "int8" and calibration is not None:
                from hydranet.engines._quantize_litert import quantize

                return {".tflite": quantize(converter, calibration)}
            if precision == "float16":
                converter.optimizations = [tf.lite.Optimize.DEFAULT]
                converter.target_spec.supported_types = [tf.float16]
            return {".tflite": converter.convert()}

    def open(self, path: Path, precision: str, num_threads: int) -> "LiteRtNetwork":
        """Return the network in a `.tflite` file; see `FileEngine`."""
        return LiteRtNetwork(path, num_threads)


class LiteRtNetwork:
    """The network in a `.tflite` file.

    Args:
        path: the file.
        num_threads: threads for one call.
    """

    def __init__(self, path: Path, num_threads: int) -> None:
        # Held, because the second interpreter may be made when the file has been replaced.
        self._content = path.read_bytes()
        self._num_threads = num_threads
        self._runners: dict[int, Any] = {}
        self._lock = threading.Lock()
        with quiet_natively():  # the first interpreter of a process notes that it uses the CPU
            runner = self._runner(1)
            [(self._input_name, details)] = runner.get_input_details().items()
            self.output_names = tuple(runner.get_output_details())
            self._run(
                np.zeros((1, *details["shape"][1:]), np.float32)
            )  # a file that can't run is found out now

    def __call__(self, inputs: np.ndarray) -> dict[str, np.ndarray]:
        """Return the outputs for `inputs`, by name."""
        return in_passes(self._run, inputs, _ROWS_PER_PASS)

    def _run(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        if len(rows) not in (1, _ROWS_PER_PASS):
            return in_passes(self._run, rows, 1)
        with self._lock:
            outputs: dict[str, np.ndarray] = self._runner(len(rows))(**{self._input_name: rows})
        return outputs

    def _runner(self, num_rows: int) -> Any:
        # One for each number of rows: to resize one costs many passes, because it packs all weights anew.
        if num_rows not in self._runners:
            from ai_edge_litert.interpreter import Interpreter

            interpreter = Interpreter(model_content=self._content, num_threads=self._num_threads)
            self._runners[num_rows] = interpreter.get_signature_runner()
        return self._runners[num_rows]
