"""The FeatureStore: what the frozen trunk gives for each (picture, view), computed once and kept on disk.

A store is a folder with one subfolder per space; a space is everything that shapes features (trunk, weights,
picture size, decoder) as a fingerprint, and a dtype. A space holds chunks: files that are written whole, never
changed, and named at random, so that processes can write side by side and an interrupted extraction keeps what
it has.
"""

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hydranet.features._chunk_file import FORMAT, read_header
from hydranet.features._networks import NetworkStore
from hydranet.features._space import CHUNK_PATTERN, FeatureSpace


def default_store_dir() -> Path:
    """Return `$HYDRANET_FEATURES_DIR`, or else `~/.cache/hydranet/features`."""
    return Path(os.environ.get("HYDRANET_FEATURES_DIR") or "~/.cache/hydranet/features").expanduser()


@dataclass(frozen=True)
class SpaceUsage:
    """How much a space holds: its folder's name, rows and bytes."""

    name: str
    num_rows: int
    num_bytes: int


class FeatureStore:
    """All stored features of this user or team.

    Args:
        folder: where they are; see `default_store_dir`.
    """

    def __init__(self, folder: Path | str | None = None) -> None:
        self.folder = Path(folder).expanduser() if folder else default_store_dir()

    def space(self, fingerprint: str, shape: Sequence[int], dtype: str = "float32") -> FeatureSpace:
        """Return the features of the trunk with this fingerprint."""
        return FeatureSpace(self.folder / f"{fingerprint}-{dtype}-v{FORMAT}", tuple(shape), dtype)

    @property
    def networks(self) -> NetworkStore:
        """The networks that were converted to compute features."""
        return NetworkStore(self.folder / "networks")

    def usage(self) -> list[SpaceUsage]:
        """Return what each space holds."""
        return [self._usage(folder) for folder in self._folders()]

    def clear(self) -> int:
        """Remove every stored feature and converted network, and nothing else, and return how many bytes that were."""
        freed = self.networks.clear()
        for folder in self._folders():
            for chunk in folder.glob("*.chunk"):  # those that a killed writer has left half written too
                freed += chunk.stat().st_size
                chunk.unlink()
            with contextlib.suppress(OSError):  # it holds something else
                folder.rmdir()
        return freed

    def _folders(self) -> list[Path]:
        return sorted({chunk.parent for chunk in self.folder.glob("*-float*/*.chunk")})

    def _usage(self, folder: Path) -> SpaceUsage:
        num_rows = 0
        for chunk in folder.glob(CHUNK_PATTERN):
            with contextlib.suppress(ValueError):  # damaged, or of an earlier version, which nothing reads
                num_rows += len(read_header(chunk).keys)
        return SpaceUsage(
            folder.name, num_rows, sum(chunk.stat().st_size for chunk in folder.glob("*.chunk"))
        )
