"""What a training leaves: one folder, its heads as files, and whether each still answers as it did.

A `Run` reads the folder, `save_run` writes it as a whole, and `add_head`, `remove_task` and `import_head` change it as
a whole; `Checkpoints` are what an interrupted training goes on from.

Example:
    >>> run = Run("runs/quickstart")
    >>> sorted(path.name for path in run.folder.glob("*.*"))
    ['config.yaml', 'history.csv', 'manifest.json', 'metrics.json', 'model.keras']
    >>> list(run.metrics["tasks"])
    ['horse_human', 'cats_dogs', 'dog_breeds']
"""

from hydranet.runs._checkpoint import Checkpoints, Snapshot, no_checkpoints
from hydranet.runs._edit import add_head, check_is_new, remove_task
from hydranet.runs._event_log import EventLog, Log, no_log
from hydranet.runs._exchange import export_head, import_head
from hydranet.runs._folder import accept, add_report, changing, is_run
from hydranet.runs._head_file import SUFFIX, HeadFile, placed
from hydranet.runs._keras_head import compile_head, describe_head, head_from_file, head_to_file
from hydranet.runs._results import Results, with_notes
from hydranet.runs._run import Run, save_run, saved_run, versions
from hydranet.runs._source import ModelSource, find_source
from hydranet.runs._usual import usual_of
from hydranet.runs._verify import (
    HeadCheck,
    check_answers,
    noted_outputs,
    probe_examples,
    probe_outputs,
    record_head,
    record_heads,
    verify,
    weights_digest,
)

__all__ = [
    "SUFFIX",
    "Checkpoints",
    "EventLog",
    "HeadCheck",
    "HeadFile",
    "Log",
    "ModelSource",
    "Results",
    "Run",
    "Snapshot",
    "accept",
    "add_head",
    "add_report",
    "changing",
    "check_answers",
    "check_is_new",
    "compile_head",
    "describe_head",
    "export_head",
    "find_source",
    "head_from_file",
    "head_to_file",
    "import_head",
    "is_run",
    "no_checkpoints",
    "no_log",
    "noted_outputs",
    "placed",
    "probe_examples",
    "probe_outputs",
    "record_head",
    "record_heads",
    "remove_task",
    "save_run",
    "saved_run",
    "usual_of",
    "verify",
    "versions",
    "weights_digest",
    "with_notes",
]
