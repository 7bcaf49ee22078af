"""A format that an engine reads: one file of the engine's, with pictures in and the scores of all tasks out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from hydranet.engines import FileEngine
from hydranet.exports._format import Answer, Format

if TYPE_CHECKING:
    from hydranet.model import HydraNet


@dataclass(frozen=True, kw_only=True)
class EngineFormat(Format):
    """The files of an engine as a format.

    Args:
        engine: that converts and reads them.
        name, precisions: as for `Format`.
    """

    engine: FileEngine

    @classmethod
    def of(cls, engine: FileEngine, name: str | None = None) -> Self:
        """Return the format that `engine` reads, in all its precisions; it is called like the engine by default."""
        return cls(name=name or engine.name, precisions=engine.file_precisions, engine=engine)

    def file(self, folder: Path) -> Path:
        """Return the file that the engine reads."""
        return folder / f"model{self.engine.suffixes[0]}"

    def write(
        self,
        model: "HydraNet",
        folder: Path,
        *,
        precision: str,
        calibration: np.ndarray | None,
        description: Mapping[str, Any],
    ) -> None:
        """Write the engine's files; see `Format`."""
        from hydranet.exports._graph import scored

        self.engine.convert(scored(model), self.file(folder), precision=precision, calibration=calibration)

    def read(self, folder: Path, precision: str) -> Answer:
        """Return how the engine answers; see `Format`."""
        return self.engine.load(self.file(folder), precision=precision)

    def is_calibrated(self, precision: str) -> bool:
        """Whether the engine's conversion is."""
        return self.engine.is_calibrated(precision)

    def check_installed(self, precision: str) -> None:
        """Raise ConfigError unless the engine is installed."""
        self.engine.check(precision)
