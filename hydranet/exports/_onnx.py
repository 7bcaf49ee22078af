"""ONNX as a format: a file that carries its own description."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hydranet.exports._engine_format import EngineFormat

if TYPE_CHECKING:
    from hydranet.model import HydraNet


@dataclass(frozen=True, kw_only=True)
class Onnx(EngineFormat):
    """An ONNX file, which ONNX Runtime reads."""

    def write(
        self,
        model: "HydraNet",
        folder: Path,
        *,
        precision: str,
        calibration: np.ndarray | None,
        description: Mapping[str, Any],
    ) -> None:
        """Write the file with the description in its metadata; see `Format`."""
        super().write(model, folder, precision=precision, calibration=calibration, description=description)
        import onnx

        content = onnx.load(self.file(folder))
        onnx.helper.set_model_props(content, {"hydranet": json.dumps(description)})
        onnx.save(content, self.file(folder))
