"""The whole model as one graph in a standard format, for other people's runtimes.

A format is one frozen object; `FORMATS` holds all of them by name, and `register_format` or the entry-point group
`hydranet.formats` adds one. Whatever the format, `export` reads back what was written and compares its answers with the
model's before it is done.

Example:
    >>> report = export("runs/quickstart", "exports/litert", file_format="litert")
    >>> sorted(path.name for path in report.folder.iterdir())
    ['hydranet.json', 'model.tflite']
"""

from hydranet.exports._engine_format import EngineFormat
from hydranet.exports._export import ExportReport, export
from hydranet.exports._format import Answer, Format
from hydranet.exports._formats import FORMATS, register_format
from hydranet.exports._graph import scored

__all__ = [
    "FORMATS",
    "Answer",
    "EngineFormat",
    "ExportReport",
    "Format",
    "export",
    "register_format",
    "scored",
]
