"""Which formats there are."""

from pathlib import Path

from hydranet.engines import ENGINES, FileEngine
from hydranet.exports._engine_format import EngineFormat
from hydranet.exports._format import Format
from hydranet.exports._onnx import Onnx
from hydranet.exports._saved_model import SavedModel
from hydranet.registry import Registry


def _file_engine(name: str) -> FileEngine:
    engine = ENGINES[name]
    assert isinstance(engine, FileEngine)
    return engine


FORMATS: Registry[Format] = Registry(
    "file format",
    "hydranet.formats",
    Format,
    [
        SavedModel(),
        Onnx.of(_file_engine("onnxruntime"), "onnx"),
        EngineFormat.of(_file_engine("openvino")),
        EngineFormat.of(_file_engine("litert")),
    ],
)


def register_format(file_format: Format) -> Format:
    """Add a format, which from then on `export` and `hydranet export --format` know.

    A package offers one without being imported first, through the entry-point group `hydranet.formats`.

    Returns:
        The format.

    Raises:
        ConfigError: another format has its name.

    Example:
        >>> register_format(SavedModel()) is FORMATS["saved_model"]  # the same once more
        True
    """
    return FORMATS.register(file_format)


def holds_export(folder: Path) -> bool:
    """Whether there is an export in `folder`."""
    return any(file_format.description_path(folder).is_file() for file_format in FORMATS.values())
