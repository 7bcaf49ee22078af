"""A network as a function of arrays, whichever runtime computes it."""

import math
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np

from hydranet.errors import ConfigError, ModelError
from hydranet.naming import unknown_name

# The file format that each engine reads, and what such a file is called.
FORMAT_OF = {"onnxruntime": "onnx", "openvino": "openvino", "litert": "litert"}
SUFFIX_OF = {"onnx": ".onnx", "openvino": ".xml", "litert": ".tflite"}
PRECISIONS = ("float32", "bfloat16", "float16", "int8")

# Where each engine's runtime is imported from.
_RUNTIME_OF = {"onnxruntime": "onnxruntime", "openvino": "openvino", "litert": "ai_edge_litert"}

_CONTAINER_SHARE = Path("/sys/fs/cgroup/cpu.max")


class Network(Protocol):
    """A function of arrays: float32 `(n, ...)`, any n of at least 1, to the float32 `(n, ...)` outputs by name.

    It may be called from several threads at once.
    """

    output_names: tuple[str, ...]

    def __call__(self, inputs: np.ndarray) -> dict[str, np.ndarray]:
        """Return the outputs for `inputs`, by name."""
        ...


def installed_engines() -> list[str]:
    """Return the engines whose runtimes are installed, without importing them."""
    return [engine for engine, runtime in _RUNTIME_OF.items() if find_spec(runtime) is not None]


def load_network(
    engine: str, path: Path, *, precision: str = "float32", num_threads: int | None = None
) -> Network:
    """Return the network stored in a file, ready to run.

    Args:
        engine: `onnxruntime`, `openvino` or `litert`.
        path: a file in the engine's format; OpenVINO's `.xml` has its weights in the `.bin` beside it.
        precision: what the file was made with; `bfloat16` is OpenVINO's way to compute a float32 file.
        num_threads: threads for one call; as many as this process may use cores by default.

    Raises:
        ConfigError: an unknown engine or precision, or the engine is not installed as it should be.
        ModelError: the file is missing or damaged.
    """
    check_engine(engine, precision)
    needed = [path, path.with_suffix(".bin")] if engine == "openvino" else [path]
    for file in needed:
        if not file.is_file():
            raise ModelError(f"There is no file {file}. Make the engine's files again.")
    try:
        return _load(engine, path, precision, num_threads or available_cores())
    except ImportError as error:
        raise ConfigError(
            f"{engine} is installed but can't be imported: {error}. "
            f"Install it anew with pip install 'hydranet[{FORMAT_OF[engine]}]'."
        ) from error
    except Exception as error:  # the runtimes have no error in common, not even for a damaged file
        reason = (str(error).strip().splitlines() or [type(error).__name__])[-1]
        raise ModelError(
            f"{path} can't be loaded by {engine}: {reason} It may be damaged: make the engine's files again."
        ) from error


def available_cores() -> int:
    """Return how many cores this process may use, which can be fewer than the machine has."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:  # a container's share: https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files
        quota, period = _CONTAINER_SHARE.read_text(encoding="ascii").split()
        return min(cores, math.ceil(int(quota) / int(period)))
    except (OSError, ValueError):  # not Linux, or the whole machine ("max")
        return cores


def check_engine(engine: str, precision: str) -> None:
    """Raise ConfigError unless the engine is installed and computes in this precision."""
    if engine not in FORMAT_OF:
        raise ConfigError(unknown_name("engine", engine, FORMAT_OF))
    if precision not in PRECISIONS:
        raise ConfigError(unknown_name("precision", precision, PRECISIONS))
    if precision == "bfloat16" and engine != "openvino":
        raise ConfigError(f"{engine} does not compute in bfloat16: use the engine openvino, or float32.")
    if engine not in installed_engines():
        raise ConfigError(
            f"The engine {engine} is not installed: install it with pip install 'hydranet[{FORMAT_OF[engine]}]'."
        )


def _load(engine: str, path: Path, precision: str, num_threads: int) -> Network:
    if engine == "onnxruntime":
        from hydranet.engines._onnx_runtime import OnnxRuntimeNetwork

        return OnnxRuntimeNetwork(path, num_threads)
    if engine == "openvino":
        from hydranet.engines._openvino import OpenVinoNetwork

        return OpenVinoNetwork(path, num_threads, precision)
    from hydranet.engines._litert import LiteRtNetwork

    return LiteRtNetwork(path, num_threads)
