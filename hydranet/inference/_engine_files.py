"""A model as files that an engine runs without TensorFlow: trunk, tails and heads, kept beside the run.

runs/NAME/engines/ENGINE-PRECISION/
    networks/trunk.SUFFIX  networks/tail_GROUP.SUFFIX …  heads/TASK.head …  model.json
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hydranet.backbones import Place
from hydranet.engines import FileEngine
from hydranet.files import Damaged, file_digest, read_note, write_note
from hydranet.inference._networks import Function, Networks
from hydranet.inference._one_pass import PlacedHead
from hydranet.inference._stack import Head
from hydranet.runs import SUFFIX as HEAD_SUFFIX
from hydranet.runs import HeadFile

# Raise it with any change of what the files hold: files of another version are made anew.
_VERSION = 3
_DESCRIPTION = "model.json"


@dataclass(frozen=True)
class EngineFiles:
    """The files of one engine and precision; they may not be there yet.

    Args:
        folder: that holds them.
        engine: that runs them.
    """

    folder: Path
    engine: FileEngine

    @classmethod
    def of_run(cls, engines_dir: Path, engine: FileEngine, precision: str) -> "EngineFiles":
        """Return those of a run."""
        return cls(engines_dir / f"{engine.name}-{engine.file_precision(precision)}", engine)

    @property
    def networks_dir(self) -> Path:
        """The folder of trunk and tails."""
        return self.folder / "networks"

    @property
    def heads_dir(self) -> Path:
        """The folder of the heads."""
        return self.folder / "heads"

    def network_path(self, name: str) -> Path:
        """Return the file of `trunk` or `tail_GROUP`."""
        return self.networks_dir / f"{name}{self.suffix}"

    @property
    def suffix(self) -> str:
        """Of a network's file."""
        return self.engine.suffixes[0]

    def head_path(self, task: str) -> Path:
        """Return the file of a head; beside it stands a network where NumPy can't run the head."""
        return self.heads_dir / f"{task}{HEAD_SUFFIX}"

    @property
    def lock(self) -> Path:
        """The lock of those that make the files."""
        return self.folder.with_name(f".{self.folder.name}.lock")

    def describe(self, description: Mapping[str, Any]) -> None:
        """Write what they are, with the digest of each."""
        digests = {
            path.relative_to(self.folder).as_posix(): file_digest(path)
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }
        write_note(
            self.folder / _DESCRIPTION, {"version": _VERSION, **_as_json(description), "digests": digests}
        )

    def description(self) -> dict[str, Any]:
        """Return what `describe` wrote; nothing where there are no files of this version.

        Raises:
            Damaged: it is not what was written.
        """
        try:
            text = (self.folder / _DESCRIPTION).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return {}
        described = read_note(text)
        return described if described["version"] == _VERSION else {}

    def check(self) -> dict[str, Any]:
        """Return the description, once all files are known to be what was written; nothing where there are none.

        Raises:
            Damaged: they are not; the message names them.
        """
        try:
            description = self.description()
        except Damaged as error:
            raise Damaged(f"{self.folder / _DESCRIPTION} is not what was written: {error}") from error
        digests = description.get("digests", {})
        damaged = [name for name, digest in digests.items() if not _is_as_written(self.folder / name, digest)]
        if damaged:
            raise Damaged(f"{', '.join(damaged)} in {self.folder} is not what was written")
        return description

    def load(self, description: Mapping[str, Any], precision: str) -> tuple[Networks, dict[str, PlacedHead]]:
        """Return what runs below the heads, and the heads, of files that were described so.

        Raises:
            ConfigError: the engine is not installed, or does not compute in this precision.
            ModelError: a file is missing or damaged.
        """
        fingerprints = {
            Place(place["group"], place["feature"]): place["fingerprint"] for place in description["places"]
        }
        groups = {place.group for place in fingerprints if place.group is not None}
        networks = Networks(
            image_size=tuple(description["image_size"]),
            trunk=self._function(self.network_path("trunk"), precision),
            tails={group: self._function(self.network_path(f"tail_{group}"), precision) for group in groups},
            fingerprints=fingerprints,
            example_shape=tuple(description["example_shape"]),
        )
        return networks, {
            name: self._head(name, Place(*place)) for name, place in description["heads"].items()
        }

    def _head(self, name: str, place: Place) -> PlacedHead:
        path = self.head_path(name)
        file = HeadFile.read(path)
        return PlacedHead(file.task, file.dense() or self._head_network(path), place, file.usual)

    def _head_network(self, path: Path) -> Head:
        network = self._function(path.with_suffix(self.suffix), "float32")

        def run(features: np.ndarray) -> np.ndarray:
            [outputs] = network(features).values()
            return outputs

        return run

    def _function(self, path: Path, precision: str) -> Function:
        return self.engine.load(path, precision=precision)


def _as_json(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return a description as it is read again, with lists for tuples."""
    as_json: dict[str, Any] = json.loads(json.dumps(description))
    return as_json


def _is_as_written(path: Path, digest: str) -> bool:
    try:
        return file_digest(path) == digest
    except OSError:
        return False
