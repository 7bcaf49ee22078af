"""Where a Predictor's model comes from: a run, a `.keras` file, or a model in memory; loaded only if it must be."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydranet.errors import ModelError

if TYPE_CHECKING:
    from hydranet.model import HydraNet
    from hydranet.runs._run import Run


@dataclass(frozen=True)
class ModelSource:
    """A model that may not have been loaded yet.

    Args:
        load: imports TensorFlow and returns the model.
        path: of the `.keras` file, if there is one.
        run: the folder of the run, if it is one.
    """

    load: "Callable[[], HydraNet]"
    path: Path | None = None
    run: Path | None = None

    @property
    def engines_dir(self) -> Path | None:
        """Where files for engines are kept."""
        return None if self.run is None else self.run / "engines"

    def digest(self) -> str:
        """Return what changes whenever the model's file does."""
        if self.path is None:
            return ""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def find_source(model: "Run | HydraNet | str | os.PathLike[str]") -> ModelSource:
    """Return the source of a model, without loading it.

    Raises:
        ModelError: there is no such run or file.
    """
    if isinstance(model, str | os.PathLike):
        return _source_at(Path(model))
    given: Any = model
    if hasattr(given, "folder"):
        return ModelSource(lambda: given.model, given.model_path, given.folder)
    return ModelSource(lambda: given)


def _source_at(path: Path) -> ModelSource:
    if path.suffix == ".keras":
        if not path.is_file():
            raise ModelError(
                f"There is no model file {path}: expected one that `hydranet train` has written."
            )
        return ModelSource(lambda: _load_file(path), path)
    model_path = path / "model.keras"
    if not model_path.is_file():
        raise ModelError(
            f"{path} holds no trained model ({model_path.name}): expected a folder that `hydranet train` has written, "
            "or a .keras file."
        )
    return ModelSource(lambda: _load_run(path), model_path, path)


def _load_file(path: Path) -> "HydraNet":
    from hydranet.model import HydraNet

    return HydraNet.load(path)


def _load_run(folder: Path) -> "HydraNet":
    from hydranet.runs._run import Run

    return Run(folder).model
