"""Networks in OpenVINO's files, run by OpenVINO."""

import threading
from pathlib import Path

import numpy as np
import openvino

from hydranet.engines._passes import in_passes


class OpenVinoNetwork:
    """The network in an `.xml` file, with its weights in the `.bin` beside it.

    Args:
        path: the `.xml` file.
        num_threads: threads for one call.
        precision: `bfloat16` computes in bfloat16; all others as the file says.
    """

    def __init__(self, path: Path, num_threads: int, precision: str) -> None:
        settings = {
            "PERFORMANCE_HINT": "LATENCY",  # all cores for one call; as fast with many rows as THROUGHPUT
            "INFERENCE_NUM_THREADS": num_threads,
            "ENABLE_CPU_PINNING": False,  # threads bound to a core wait for those that decode pictures there
            # Left to itself, it computes float32 files in bfloat16 wherever the processor can.
            "INFERENCE_PRECISION_HINT": "bf16" if precision == "bfloat16" else "f32",
        }
        # Without its cache of compiled models, which would save 0.05 s for another 9 MB to keep in step.
        compiled = openvino.Core().compile_model(path, "CPU", settings)
        self.output_names = tuple(output.any_name for output in compiled.outputs)
        self._rows_per_pass = 4 * num_threads  # faster than 32 on two cores, in a third of the memory
        self._request = compiled.create_infer_request()
        self._lock = threading.Lock()

    def __call__(self, inputs: np.ndarray) -> dict[str, np.ndarray]:
        """Return the outputs for `inputs`, by name."""
        return in_passes(self._run, inputs, self._rows_per_pass)

    def _run(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        with self._lock:
            outputs = self._request.infer(rows, share_inputs=True)
        return {name: outputs[index] for index, name in enumerate(self.output_names)}
