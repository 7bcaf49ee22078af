"""What each command does: calls to the library, and its result on stdout. Computes nothing itself."""

from hydranet.commands.answering import evaluate, predict, verify
from hydranet.commands.listing import backbones, features, info, tasks
from hydranet.commands.training import add, compare, remove, train, validate

__all__ = [
    "add",
    "backbones",
    "compare",
    "evaluate",
    "features",
    "info",
    "predict",
    "remove",
    "tasks",
    "train",
    "validate",
    "verify",
]
