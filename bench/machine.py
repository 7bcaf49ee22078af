"""What a result was measured on, so that two results can be compared."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

_MACHINE = (
    *("date", "commit", "cpu", "cores", "memory_gib", "gpu", "load_average"),
    *("python", "tensorflow", "keras", "hydranet", "other_packages", "pictures"),
)
COLUMNS = (*_MACHINE, "command")
"""The columns that every row of every result begins with; the last one says how to measure it again."""

_OTHER_PACKAGES = (
    *("numpy", "scipy", "pillow", "scikit-learn", "torch"),
    *("onnxruntime", "openvino", "ai-edge-litert", "starlette", "uvicorn"),
)


def describe_machine(pictures: str) -> dict[str, object]:
    """Return the values of `COLUMNS` without the command; `pictures` are "photographs" or "drawings"."""
    values = (
        datetime.now(UTC).isoformat(timespec="seconds"),
        _commit(),
        _cpu(),
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        round(psutil.virtual_memory().total / 2**30, 1),
        _gpu(),
        round(os.getloadavg()[0], 2),
        platform.python_version(),
        *map(version, ("tensorflow", "keras", "hydranet")),
        ", ".join(filter(None, map(_installed, _OTHER_PACKAGES))),
        pictures,
    )
    return dict(zip(_MACHINE, values, strict=True))


def _installed(package: str) -> str:
    """Return the package with its version, or nothing where it is not installed."""
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return ""


def _commit() -> str:
    """Return the short hash of the commit, with a `+` if files have changed since; "-" outside a checkout."""
    command = ["git", "describe", "--always", "--exclude=*", "--dirty=+"]
    folder = Path(__file__).parent
    if not (folder.parent / ".git").exists():
        return "-"  # installed; what lies around it may be a checkout of something else
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return result.stdout.strip() or "unknown"


def _cpu() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.is_file() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def _gpu() -> str:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    names = [tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in gpus]
    return ", ".join(names) or "none"
