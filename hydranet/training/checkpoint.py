"""Where an interrupted training goes on from: one file, replaced whole, that executes nothing when it is read."""

import json
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hydranet.errors import ConfigError, ModelError
from hydranet.files import atomic_path

_STATE = "state"


class Section(NamedTuple):
    """How far one part of a training has come.

    Args:
        state: dicts and lists of JSON types.
        arrays: nested dicts and lists of arrays; the keys have no `/`, and no dict has only digits as keys.
    """

    state: Any
    arrays: Any


class Checkpoints:
    """The checkpoint of a run while it is trained: the last good one, or none.

    Args:
        run_dir: the run's folder.
        identity: a digest of what the training is a function of; another training's checkpoint is refused.
        writes: whether this worker writes.
        seconds: how often, at most, one is written within an epoch.
    """

    def __init__(self, run_dir: Path, identity: str, *, writes: bool = True, seconds: float = 60.0) -> None:
        self.path = run_dir / "checkpoint.npz"
        self.identity = identity
        self._writes = writes
        self._seconds = seconds
        self._written_at = time.monotonic()
        self._sections: dict[str, Section] = {}

    @property
    def is_due(self) -> bool:
        """Whether the last one is older than it should be."""
        return time.monotonic() - self._written_at >= self._seconds

    def __getitem__(self, name: str) -> Section | None:
        """Return a part of the checkpoint, or None if it has not come so far."""
        return self._sections.get(name)

    def save(self, name: str, state: Any, arrays: Any) -> None:
        """Replace a part of the checkpoint; the file before stays until the new one is whole."""
        self._sections[name] = Section(state, arrays)
        if self._writes:
            states = {name: section.state for name, section in self._sections.items()}
            text = json.dumps({"identity": self.identity, "states": states})
            arrays = _flat({name: section.arrays for name, section in self._sections.items()})
            with atomic_path(self.path) as temporary, temporary.open("wb") as file:
                np.savez(file, **{_STATE: np.array(text)}, **arrays)  # type: ignore[arg-type]
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
            with np.load(self.path, allow_pickle=False) as file:
                arrays = dict(file)
            text: dict[str, Any] = json.loads(str(arrays.pop(_STATE)))
            nested = _nested(arrays)
            sections = {name: Section(state, nested[name]) for name, state in text["states"].items()}
            identity = text["identity"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
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


def _flat(node: Any, path: str = "") -> dict[str, np.ndarray]:
    if not isinstance(node, dict | list):
        return {path: np.asarray(node)}
    items = node.items() if isinstance(node, dict) else enumerate(node)
    return {
        name: array
        for key, child in items
        for name, array in _flat(child, f"{path}/{key}" if path else str(key)).items()
    }


def _nested(flat: Mapping[str, np.ndarray]) -> Any:
    root: dict[str, Any] = {}
    for name, array in flat.items():
        *parents, last = name.split("/")
        node = root
        for parent in parents:
            node = node.setdefault(parent, {})
        node[last] = array
    return _with_lists(root)


def _with_lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    children = {key: _with_lists(child) for key, child in node.items()}
    is_list = bool(children) and all(key.isdigit() for key in children)
    return [children[str(index)] for index in range(len(children))] if is_list else children
