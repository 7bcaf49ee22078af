"""The folder that a training leaves: config, model, metrics, history."""

import csv
import io
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydranet.errors import ModelError
from hydranet.runs._folder import (
    CONFIG,
    HISTORY,
    METRICS,
    MODEL,
    Contents,
    find_file,
    is_run,
    new_contents,
    recover,
)
from hydranet.tables import csv_cell

if TYPE_CHECKING:
    from hydranet.experiment import Experiment
    from hydranet.model import HydraNet

# `phase` is 0 while heads are trained on the frozen backbone; others follow, such as `validation_accuracy`.
_HISTORY_COLUMNS = ("phase", "task", "l2", "epoch", "training_loss", "held_out_loss", "validation_loss")


class Run:
    """A trained HydraNet and how it came about, as it was when the folder was opened.

    Its files are checked against the digests in its manifest when they are read. If another process changes the run in
    between, what has not been read yet raises `BusyError`: open it again.

    Args:
        folder: that `train` has written.
        trust: whether the plug-ins that its config names may be imported: they are Python code, and whoever wrote the
            folder chose them. What is imported already needs no trust.

    Raises:
        ModelError: it holds no run; or, once a file is read, that is damaged, or names plug-ins and is not trusted.

    Example:
        >>> run = Run("runs/quickstart")
        >>> run.experiment.backbone.name, list(run.model.tasks)
        ('MobileNetV2', ['horse_human', 'cats_dogs', 'dog_breeds'])
    """

    def __init__(self, folder: Path | str, *, trust: bool = False) -> None:
        self.folder = Path(folder)
        self.trust = trust
        recover(self.folder)
        self.contents = Contents.read(self.folder)
        if not is_run(self.folder):
            raise ModelError(
                f"{self.folder} holds no trained model ({MODEL}): expected a folder that `hydranet train` has written."
            )

    @property
    def model_path(self) -> Path:
        """Where the model is."""
        return find_file(self.folder, MODEL)

    @property
    def config_path(self) -> Path:
        """Where the config is."""
        return find_file(self.folder, CONFIG)

    @cached_property
    def model(self) -> "HydraNet":
        """The trained model."""
        from hydranet.model import HydraNet

        self.import_plugins()
        model = HydraNet.load(self.contents.checked(MODEL))
        self.contents.check_is_current()
        return model

    @cached_property
    def experiment(self) -> "Experiment":
        """The config it was trained with, every default written out."""
        from hydranet.config import load_config

        experiment = load_config(self.contents.checked(CONFIG), trust=self.trust)
        self.contents.check_is_current()
        return experiment

    def import_plugins(self) -> None:
        """Import the plug-ins that its config names, whose layers the model may have.

        Raises:
            ModelError: it is not trusted, and they are not imported yet.
        """
        if self.config_path.is_file():
            _ = self.experiment

    def untrusted_plugins(self) -> list[str]:
        """Return the plug-ins that its config names and that it may not import."""
        from hydranet.config import find_new_plugins

        return [] if self.trust or not self.config_path.is_file() else find_new_plugins(self.config_path)

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """What was measured: `tasks`, `pictures`, `timing`, `versions`."""
        try:
            metrics: dict[str, Any] = json.loads(self._read(METRICS))
        except ValueError as error:
            raise ModelError(f"{self.folder / METRICS} can't be read: {error}.") from error
        return metrics

    @property
    def history(self) -> list[dict[str, str]]:
        """The rows of `history.csv`."""
        return list(csv.DictReader(io.StringIO(self._read(HISTORY), newline="")))

    def current(self) -> "Run":
        """Return the run as its folder is now: this one, if nobody has changed it."""
        return (
            self
            if self.contents.digests and self.contents.is_current()
            else Run(self.folder, trust=self.trust)
        )

    def _read(self, name: str) -> str:
        try:
            text = self.contents.checked(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ModelError(f"{self.folder / name} can't be read: {error}.") from error
        self.contents.check_is_current()
        return text


def save_run(
    folder: Path,
    experiment: "Experiment",
    model: "HydraNet",
    metrics: Mapping[str, Any],
    history: Iterable[Mapping[str, Any]],
    *,
    removed: Sequence[str] = (),
) -> Run:
    """Write a run as a whole in the place of the one before, whose report goes with it.

    Args:
        folder: of the run; the caller is `changing` it.
        experiment, model, metrics, history: the run.
        removed: what else goes; see `new_contents`.
    """
    from hydranet.config import experiment_to_yaml

    with new_contents(folder, removed=removed) as staged:
        (staged / CONFIG).write_text(experiment_to_yaml(experiment), encoding="utf-8")
        (staged / METRICS).write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
        (staged / HISTORY).write_text(_to_csv(history), encoding="utf-8")
        model.save(staged / MODEL)
    return saved_run(folder, model)


def saved_run(folder: Path, model: "HydraNet") -> Run:
    """Return the run in `folder`, whose model is `model` as it was saved: reading it takes a second or more."""
    run = Run.__new__(Run)  # there is nothing to recover, and a worker that is not the chief must not write
    run.folder, run.contents = folder, Contents.read(folder)
    run.trust = True  # its plug-ins are those of the training
    run.model = model
    return run


def versions() -> dict[str, str]:
    """Return what computed a result."""
    packages = ("hydranet", "tensorflow", "keras", "numpy", "scipy", "pillow")
    return {"python": platform.python_version(), **{package: version(package) for package in packages}}


def _to_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    text, rows = io.StringIO(), list(rows)
    columns = [*_HISTORY_COLUMNS, *sorted({name for row in rows for name in row} - set(_HISTORY_COLUMNS))]
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: csv_cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()
