"""What each command does: calls to the library, and its result on stdout. Computes nothing itself."""

from hydranet.commands.answering import evaluate, predict, verify
from hydranet.commands.editing import add, export_head, import_head, remove
from hydranet.commands.exporting import export
from hydranet.commands.listing import backbones, features, info, tasks
from hydranet.commands.serving import serve
from hydranet.commands.training import compare, train, validate

__all__ = [
    "add",
    "backbones",
    "compare",
    "evaluate",
    "export",
    "export_head",
    "features",
    "import_head",
    "info",
    "predict",
    "remove",
    "serve",
    "tasks",
    "train",
    "validate",
    "verify",
]
