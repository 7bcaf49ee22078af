"""Where a Predictor's model comes from: a run, a `.keras` file, or a model in memory; loaded only if it must be."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hydranet.errors import BusyError, ConfigError, ModelError
from hydranet.files import file_digest
from hydranet.runs._folder import MODEL, Contents, is_run
from hydranet.runs._run import Run

if TYPE_CHECKING:
    from hydranet.model import HydraNet

# How often a run is opened again that is changed while it is read.
_TRIES = 3


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
    def place(self) -> Path | None:
        """The path that another process can open it by, of the run's folder or of the file."""
        return self.path if self.run is None else self.run.folder.absolute()

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
        """Return what changes whenever the model's file does.

        Raises:
            ModelError: the file is damaged.
        """
        if self.run is not None:
            return Contents.read(self.run.folder).digest(MODEL)
        return "" if self.path is None else file_digest(self.path)


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
    if not is_run(path):
        raise ModelError(
            f"{path} holds no trained model ({MODEL}): expected a folder that `hydranet train` has written, "
            "or a .keras file."
        )
    return _source_of(Run(path, trust=trust))


def _source_of(run: Run) -> ModelSource:
    return ModelSource(lambda: _load_run(run), run.model_path, run)


def _load_file(path: Path) -> "HydraNet":
    from hydranet.model import HydraNet

    return HydraNet.load(path)


def _load_run(run: Run) -> "HydraNet":
    for _ in range(_TRIES):
        try:
            return run.model
        except BusyError:  # another process has just put a new run there
            run = Run(run.folder, trust=run.trust)
    return run.model
