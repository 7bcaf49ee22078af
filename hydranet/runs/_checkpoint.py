"""Where an interrupted training goes on from: one file, replaced whole, that executes nothing when it is read."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hydranet.errors import ConfigError, ModelError
from hydranet.files import atomic_path
from hydranet.runs._folder import CHECKPOINT


class Snapshot(NamedTuple):
    """How far one part of a training has come.

    Args:
        state: dicts and lists of JSON types.
        arrays: nested dicts and lists of arrays.
    """

    state: Any
    arrays: Any


class Checkpoints:
    """The checkpoint of a run while it is trained: the last good one, or none.

    Args:
        run_dir: the run's folder.
        identity: a digest of what the training is a function of; another training's checkpoint is refused.
        writes: whether this worker writes.

    Attributes:
        seconds: how often, at most, one is written within an epoch.
    """

    seconds = 60.0

    def __init__(self, run_dir: Path, identity: str, *, writes: bool = True) -> None:
        self.path = run_dir / CHECKPOINT
        self.identity = identity
        self._writes = writes
        self._written_at = time.monotonic()
        self._sections: dict[str, Snapshot] = {}

    @property
    def is_due(self) -> bool:
        """Whether the last one is older than it should be."""
        return time.monotonic() - self._written_at >= self.seconds

    def __getitem__(self, name: str) -> Snapshot | None:
        """Return a part of the checkpoint, or None if it has not come so far."""
        return self._sections.get(name)

    def save(self, name: str, state: Any, arrays: Any) -> None:
        """Replace a part of the checkpoint; the file before stays until the new one is whole."""
        self._sections[name] = Snapshot(state, arrays)
        if self._writes:
            leaves: list[np.ndarray] = []
            sections = {
                name: (section.state, _numbered(section.arrays, leaves))
                for name, section in self._sections.items()
            }
            text = json.dumps({"identity": self.identity, "sections": sections})
            with atomic_path(self.path) as temporary, temporary.open("wb") as file:
                np.savez(file, *leaves, text=np.array(text))
        self._written_at = time.monotonic()

    def load(self) -> None:
        """Read the checkpoint, if there is one.

        Raises:
            ConfigError: it belongs to another training.
            ModelError: it is damaged.
        """
        if not self.path.is_file():
            return
        try:
            with self.path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                content: dict[str, Any] = json.loads(str(file["text"]))
                identity = content["identity"]
                sections = {
                    name: Snapshot(state, _filled(numbers, file))
                    for name, (state, numbers) in content["sections"].items()
                }
        except Exception as error:  # zip, NumPy, JSON: a damaged file fails in many ways
            raise ModelError(
                f"{self.path} is damaged ({error}): remove it, or train without --resume."
            ) from error
        if identity != self.identity:
            raise ConfigError(
                f"{self.path} belongs to a training with another config, other pictures or other versions: resume with "
                "those, or train anew without --resume."
            )
        self._sections = sections

    def remove(self) -> None:
        """Remove the checkpoint, if there is one."""
        self._sections = {}
        if self._writes:
            self.path.unlink(missing_ok=True)


def no_checkpoints() -> Checkpoints:
    """Return checkpoints of a training that is not resumed: there is none, and none is written."""
    return Checkpoints(Path(), "", writes=False)


def _numbered(node: Any, leaves: list[np.ndarray]) -> Any:
    """Append the arrays of a nest to `leaves`, and return the nest with their places instead."""
    if isinstance(node, dict):
        return {key: _numbered(child, leaves) for key, child in node.items()}
    if isinstance(node, list):
        return [_numbered(child, leaves) for child in node]
    leaves.append(np.asarray(node))
    return len(leaves) - 1


def _filled(node: Any, file: Mapping[str, np.ndarray]) -> Any:
    """Return a nest with the arrays of a file in their places; `numpy.savez` calls them `arr_0`, `arr_1` …"""
    if isinstance(node, dict):
        return {key: _filled(child, file) for key, child in node.items()}
    if isinstance(node, list):
        return [_filled(child, file) for child in node]
    return file[f"arr_{node}"]
