"""What a model's file may take of memory: a few kilobytes can unpack to gigabytes, or declare terabytes."""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hydranet.model._budget import allowed_bytes, too_much, variables_within

_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"


@contextmanager
def bounded(path: Path) -> Iterator[None]:
    """Let a `.keras` file be loaded in the block, unless it declares far more than it holds.

    Raises:
        ModelError: it does.
    """
    allowed = allowed_bytes(path.stat().st_size)
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(info.file_size for info in archive.infolist())
        if unpacked > allowed:
            raise too_much(str(path), "files", unpacked, allowed)
        declared = _declared_bytes(archive.read(_WEIGHTS))
        if declared > allowed:
            raise too_much(str(path), "weights", declared, allowed)
        tails = json.loads(archive.read(_CONFIG))["config"].get("tails", {})
    # Of each tail's network, what is below its cut is made too, and dropped.
    with variables_within(allowed * (1 + len(tails)), str(path)):
        yield


def _declared_bytes(weights: bytes) -> int:
    """Return how many bytes all arrays of an HDF5 file would take; none is read."""
    import h5py

    sizes: list[int] = []

    def count(_: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            sizes.append(item.nbytes)

    with h5py.File(io.BytesIO(weights)) as file:
        file.visititems(count)
    return sum(sizes)
