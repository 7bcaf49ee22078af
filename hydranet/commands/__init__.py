"""What each command does: calls to the library, and its result on stdout. Computes nothing itself."""

from hydranet.commands._answering import evaluate, predict, verify
from hydranet.commands._benchmarking import bench
from hydranet.commands._comparing import compare
from hydranet.commands._editing import add, export_head, import_head, remove
from hydranet.commands._exporting import export
from hydranet.commands._listing import backbones, features, info, tasks
from hydranet.commands._reporting import report
from hydranet.commands._serving import serve
from hydranet.commands._training import train, validate

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
