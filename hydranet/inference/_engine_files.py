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
from hydranet.errors import ModelError
from hydranet.inference._networks import Function, Networks
from hydranet.inference._one_pass import PlacedHead
from hydranet.inference._stack import Head
from hydranet.runs import SUFFIX as HEAD_SUFFIX
from hydranet.runs import HeadFile

# Raise it with any change of what the files hold: files of another version are made anew.
_VERSION = 2
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

    def describe(self, description: Mapping[str, Any]) -> None:
        """Write what they are."""
        text = json.dumps({"version": _VERSION, **description}, indent=2)
        (self.folder / _DESCRIPTION).write_text(text + "\n", encoding="utf-8")

    def description(self) -> dict[str, Any]:
        """Return what `describe` wrote; nothing where there are no files of this version."""
        try:
            described: dict[str, Any] = json.loads((self.folder / _DESCRIPTION).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except ValueError as error:
            raise ModelError(f"{self.folder} is damaged: {error}. Delete it; it is made anew.") from error
        return described if described["version"] == _VERSION else {}

    def is_current(self, digest: str) -> bool:
        """Whether they were made of the model file with this digest."""
        return self.description().get("model_digest") == digest

    def load(self, precision: str) -> tuple[Networks, dict[str, PlacedHead]]:
        """Return what runs below the heads, and the heads.

        Raises:
            ConfigError: the engine is not installed, or does not compute in this precision.
            ModelError: a file is missing or damaged.
        """
        description = self.description()
        fingerprints = {
            Place(place["group"], place["feature"]): place["fingerprint"] for place in description["places"]
        }
        groups = {place.group for place in fingerprints if place.group is not None}
        height, width = description["image_size"]
        networks = Networks(
            image_size=(height, width),
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
        return PlacedHead(file.task, file.dense() or self._head_network(path), place)

    def _head_network(self, path: Path) -> Head:
        network = self._function(path.with_suffix(self.suffix), "float32")

        def run(features: np.ndarray) -> np.ndarray:
            [outputs] = network(features).values()
            return outputs

        return run

    def _function(self, path: Path, precision: str) -> Function:
        return self.engine.load(path, precision=precision)
