"""The engine that computes where nobody has named one: a file's, on a CPU."""

import sys
from pathlib import Path

from hydranet.engines._engines import ENGINES
from hydranet.engines._file_engine import FileEngine

# It comes with hydranet wherever there is a package of it.
_FAST = "litert"
# What a GPU's driver makes, of NVIDIA, AMD, and in Linux on Windows.
_DEVICES = ("nvidia[0-9]*", "kfd", "dxg")


def fast_engine() -> FileEngine | None:
    """Return the engine that is about twice as fast as TensorFlow; None if that has a GPU, or it is not installed."""
    engine = ENGINES[_FAST]
    if isinstance(engine, FileEngine) and engine.is_installed() and not has_gpu():
        return engine
    return None


def has_gpu() -> bool:
    """Return whether TensorFlow computes on a GPU; it is imported only where the machine shows one."""
    shown = any(any(Path("/dev").glob(pattern)) for pattern in _DEVICES)
    if not shown and "tensorflow" not in sys.modules:
        return False
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))
