"""What each command does: calls to the library, and its result on stdout. Computes nothing itself."""

from hydranet.commands.answering import evaluate, predict, verify
from hydranet.commands.benchmarking import bench
from hydranet.commands.comparing import compare
from hydranet.commands.editing import add, export_head, import_head, remove
from hydranet.commands.exporting import export
from hydranet.commands.listing import backbones, features, info, tasks
from hydranet.commands.reporting import report
from hydranet.commands.serving import serve
from hydranet.commands.training import train, validate

__all__ = [
    "add",
    "backbones",
    "bench",
    "compare",
    "evaluate",
    "export",
    "export_head",
    "features",
    "import_head",
    "info",
    "predict",
    "remove",
    "report",
    "serve",
    "tasks",
    "train",
    "validate",
    "verify",
]
