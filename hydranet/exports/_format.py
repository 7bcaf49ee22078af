"""What a format is: something that a whole model is exported as, for other people's runtimes."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from hydranet.model import HydraNet

# From float32 images `(batch, height, width, 3)` to float32 scores `(batch, num_columns)` by task name.
Answer = Callable[[np.ndarray], Mapping[str, np.ndarray]]

DESCRIPTION = "hydranet.json"


@dataclass(frozen=True, kw_only=True)
class Format(ABC):
    """Something that a whole model is exported as.

    A format of one's own says how a model is written and how what was written is read back, which `export` does before
    it is done; `hydranet.testing.check_format` tries it. Where an engine of one's own reads the file, an `EngineFormat`
    is the format.

    Args:
        name: what people call it: `[a-z][a-z0-9_]*`.
        precisions: in which it can be written; `float32` first.
    """

    name: str
    precisions: tuple[str, ...] = ("float32",)

    @abstractmethod
    def write(
        self,
        model: "HydraNet",
        folder: Path,
        *,
        precision: str,
        calibration: np.ndarray | None,
        description: Mapping[str, Any],
    ) -> None:
        """Write the files of a model, which takes `images` and gives the scores of each task.

        Args:
            model: what to write; `scored` gives it as one graph of Keras layers, from pictures to scores.
            folder: an empty one.
            precision: one of `precisions`.
            calibration: pictures, float32 `(batch, height, width, 3)`, values in [0, 255], where it `is_calibrated`.
            description: what will be written beside the files, for formats that have a place for it.
        """

    @abstractmethod
    def read(self, folder: Path, precision: str) -> Answer:
        """Return how what was written answers, run as others will run it."""

    def read_from_bytes(self, folder: Path) -> Answer | None:
        """Return how it answers about whole JPEG and PNG files, `bytes` objects `(batch,)`; None if it takes none."""
        return None

    def is_calibrated(self, precision: str) -> bool:
        """Whether writing has to be shown pictures."""
        return False

    def check_installed(self, precision: str) -> None:  # noqa: B027  most need no more than TensorFlow
        """Raise ConfigError unless all that writing and reading need is installed."""

    def check_tasks(self, tasks: Iterable[str]) -> None:  # noqa: B027  most take any name
        """Raise ConfigError if tasks can't have these names in the format."""

    def describe(self) -> dict[str, Any]:
        """Return what the description says beyond what it says of all formats."""
        return {}

    def description_path(self, folder: Path) -> Path:
        """Return where the description is."""
        return folder / DESCRIPTION
