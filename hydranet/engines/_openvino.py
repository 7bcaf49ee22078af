"""OpenVINO as an engine: networks in its files, an `.xml` with the weights in the `.bin` beside it."""

import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hydranet.engines._file_engine import FileEngine
from hydranet.engines._passes import in_passes
from hydranet.engines._to_onnx import to_onnx


@dataclass(frozen=True, kw_only=True)
class OpenVino(FileEngine):
    """OpenVINO on the CPU."""

    name: str = "openvino"
    precisions: tuple[str, ...] = ("float32", "bfloat16", "float16", "int8")
    suffixes: tuple[str, ...] = (".xml", ".bin")
    modules: tuple[str, ...] = ("openvino",)
    requirement: str = "hydranet[openvino]"

    def file_precision(self, precision: str) -> str:
        """Return the precision of the files: bfloat16 is a way to compute float32 files."""
        return "float32" if precision == "bfloat16" else precision

    def serialize(self, network: Any, precision: str, calibration: np.ndarray | None) -> dict[str, bytes]:
        """Return the content of both files; see `FileEngine`."""
        import openvino

        # OpenVINO compresses float16 itself, which is the only way it knows how to.
        onnx = to_onnx(network, "int8" if precision == "int8" else "float32", calibration)
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "model.xml"
            (Path(name) / "model.onnx").write_bytes(onnx)
            # Not `openvino.convert_model`, which may report its use over the network.
            model = openvino.Core().read_model(Path(name) / "model.onnx")
            openvino.save_model(model, path, compress_to_fp16=precision == "float16")
            return {suffix: path.with_suffix(suffix).read_bytes() for suffix in (".bin", ".xml")}

    def open(self, path: Path, precision: str, num_threads: int) -> "OpenVinoNetwork":
        """Return the network in an `.xml` file; see `FileEngine`."""
        return OpenVinoNetwork(path, num_threads, precision)


class OpenVinoNetwork:
    """The network in an `.xml` file, with its weights in the `.bin` beside it.

    Args:
        path: the `.xml` file.
        num_threads: threads for one call.
        precision: `bfloat16` computes in bfloat16; all others as the file says.
    """

    def __init__(self, path: Path, num_threads: int, precision: str) -> None:
        import openvino

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
