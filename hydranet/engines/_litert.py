"""Networks in LiteRT's files (TensorFlow Lite's), run by LiteRT."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from hydranet.engines._passes import in_passes

# On two cores, one row or eight at a time are both faster than 32, in a sixth of the memory.
_ROWS_PER_PASS = 8


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
        runner = self._runner(1)
        [(self._input_name, details)] = runner.get_input_details().items()
        self.output_names = tuple(runner.get_output_details())
        self._run(np.zeros((1, *details["shape"][1:]), np.float32))  # a file that can't run is found out now

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
            interpreter = Interpreter(model_content=self._content, num_threads=self._num_threads)
            self._runners[num_rows] = interpreter.get_signature_runner()
        return self._runners[num_rows]
