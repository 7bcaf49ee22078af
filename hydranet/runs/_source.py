"""Where a Predictor's model comes from: a run, a `.keras` file, or a model in memory; loaded only if it must be."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hydranet.errors import ConfigError, ModelError
from hydranet.runs._run import Run

if TYPE_CHECKING:
    from hydranet.model import HydraNet


@dataclass(frozen=True)
class ModelSource:
    """A model that may not have been loaded yet.

    Args:
        load: imports TensorFlow and returns the model.
        path: of the `.keras` file, if there is one.
        run: the run, if it is one.
    """

    load: "Callable[[], HydraNet]"
    path: Path | None = None
    run: Run | None = None

    @property
    def engines_dir(self) -> Path | None:
        """Where files for engines are kept."""
        return None if self.run is None else self.run.folder / "engines"

    @contextmanager
    def with_plugins(self) -> Iterator[None]:
        """Import the plug-ins of a run that is trusted; where another's fails in the block, name those it lacks.

        An engine, a kind of task or a layer may be theirs. Files for an engine may do without, so nothing is asked
        beforehand, and a prediction need not read the config.
        """
        if self.run is not None and self.run.trust:
            self.run.import_plugins()
        try:
            yield
        except (ConfigError, ModelError) as error:
            plugins = self.run.untrusted_plugins() if self.run is not None else []
            if not plugins or plugins[0] in str(error):
                raise
            from hydranet.config import untrusted

            assert self.run is not None
            raise type(error)(f"{error}\n  {self.run.config_path} {untrusted(plugins)}") from error

    def digest(self) -> str:
        """Return what changes whenever the model's file does."""
        if self.path is None:
            return ""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def find_source(model: "Run | HydraNet | str | os.PathLike[str]", *, trust: bool = False) -> ModelSource:
    """Return the source of a model, without loading it.

    Args:
        model: a run, a model, or the path of either.
        trust: whether the plug-ins of the run at a path may be imported; see `Run`.

    Raises:
        ModelError: there is no such run or file.
    """
    if isinstance(model, str | os.PathLike):
        return _source_at(Path(model), trust)
    return _source_of(model) if isinstance(model, Run) else ModelSource(lambda: model)


def _source_at(path: Path, trust: bool) -> ModelSource:
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
    return _source_of(Run(path, trust=trust))


def _source_of(run: Run) -> ModelSource:
    return ModelSource(lambda: run.model, run.model_path, run)


def _load_file(path: Path) -> "HydraNet":
    from hydranet.model import HydraNet

    return HydraNet.load(path)
