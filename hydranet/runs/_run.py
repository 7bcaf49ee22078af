"""The folder that a training leaves: config, model, metrics, history."""

import csv
import io
import json
import platform
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydranet.errors import ModelError
from hydranet.files import atomic_path

if TYPE_CHECKING:
    from hydranet.experiment import Experiment

if TYPE_CHECKING:
    from hydranet.model import HydraNet

# `phase` is 0 while heads are trained on the frozen backbone; others follow, such as `validation_accuracy`.
_HISTORY_COLUMNS = ("phase", "task", "l2", "epoch", "training_loss", "held_out_loss", "validation_loss")


class Run:
    """A trained HydraNet and how it came about.

    Args:
        folder: that `train` has written.
        trust: whether the plug-ins that its config names may be imported: they are Python code, and whoever wrote the
            folder chose them. What is imported already needs no trust.

    Raises:
        ModelError: it holds no run; or, once its config or model is read, it is not trusted and names plug-ins.

    Example:
        >>> run = Run("runs/quickstart")
        >>> run.experiment.backbone.name, list(run.model.tasks)
        ('MobileNetV2', ['horse_human', 'cats_dogs', 'dog_breeds'])
    """

    def __init__(self, folder: Path | str, *, trust: bool = False) -> None:
        self.folder = Path(folder)
        self.trust = trust
        if not self.model_path.is_file():
            raise ModelError(
                f"{self.folder} holds no trained model ({self.model_path.name}): expected a folder that "
                "`hydranet train` has written."
            )

    @property
    def model_path(self) -> Path:
        """Where the model is."""
        return self.folder / "model.keras"

    @property
    def config_path(self) -> Path:
        """Where the config is."""
        return self.folder / "config.yaml"

    @cached_property
    def model(self) -> "HydraNet":
        """The trained model."""
        from hydranet.model import HydraNet

        self.import_plugins()
        return HydraNet.load(self.model_path)

    @cached_property
    def experiment(self) -> "Experiment":
        """The config it was trained with, every default written out."""
        from hydranet.config import load_config

        return load_config(self.config_path, trust=self.trust)

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
        path = self.folder / "metrics.json"
        try:
            metrics: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelError(f"{path} can't be read: {error}.") from error
        return metrics


def save_run(
    folder: Path,
    experiment: "Experiment",
    model: "HydraNet",
    metrics: Mapping[str, Any],
    history: Iterable[Mapping[str, Any]],
) -> Run:
    """Write a run; all of it is on the disk before the first file is moved into place, the model last."""
    from hydranet.config import experiment_to_yaml

    with (
        atomic_path(folder / "model.keras") as model_path,
        atomic_path(folder / "history.csv") as history_path,
        atomic_path(folder / "metrics.json") as metrics_path,
        atomic_path(folder / "config.yaml") as config_path,
    ):
        config_path.write_text(experiment_to_yaml(experiment), encoding="utf-8")
        metrics_path.write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
        history_path.write_text(_to_csv(history), encoding="utf-8")
        model.save(model_path)
    return saved_run(folder, model)


def saved_run(folder: Path, model: "HydraNet") -> Run:
    """Return the run in `folder`, whose model is `model` as it was saved: reading it takes a second or more."""
    run = Run(folder, trust=True)  # its plug-ins are those of the training
    run.model = model
    return run


def read_history(folder: Path) -> list[dict[str, str]]:
    """Return the rows of `history.csv`."""
    with (folder / "history.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def versions() -> dict[str, str]:
    """Return what computed a result."""
    packages = ("hydranet", "tensorflow", "keras", "numpy", "scipy", "pillow")
    return {"python": platform.python_version(), **{package: version(package) for package in packages}}


def _to_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    text, rows = io.StringIO(), list(rows)
    columns = [*_HISTORY_COLUMNS, *sorted({name for row in rows for name in row} - set(_HISTORY_COLUMNS))]
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
