"""What each command does: its options, calls to the library, and its result on stdout. Computes nothing itself.

Example:
    >>> [command.name for command in COMMANDS][:3]
    ['train', 'validate', 'compare']
"""

from hydranet.commands._answering import (
    evaluate,
    evaluate_options,
    predict,
    predict_options,
    verify,
    verify_options,
)
from hydranet.commands._auditing import audit, audit_options
from hydranet.commands._benchmarking import bench, bench_options
from hydranet.commands._command import Command, CommandParser
from hydranet.commands._comparing import compare, compare_options
from hydranet.commands._editing import (
    add,
    add_options,
    export_head,
    export_head_options,
    import_head,
    import_head_options,
    remove,
    remove_options,
)
from hydranet.commands._exporting import export, export_options
from hydranet.commands._listing import (
    backbones,
    backbones_options,
    features,
    features_options,
    info,
    info_options,
    tasks,
)
from hydranet.commands._options import config_options
from hydranet.commands._reporting import report, report_options
from hydranet.commands._serving import serve, serve_options
from hydranet.commands._training import train, train_options, validate

COMMANDS = (
    Command("train", "train a head for every task of a config", train, train_options),
    Command(
        "validate", "check a config and the folders it names, and train nothing", validate, config_options
    ),
    Command(
        "compare",
        "pretrained or random, shared or separate, frozen or unfrozen, over several seeds",
        compare,
        compare_options,
    ),
    Command("add", "train one more head for a run; the others stay bit-identical", add, add_options),
    Command("remove", "take a head out of a run", remove, remove_options),
    Command("report", "write a run's report, a page for a browser, once more", report, report_options),
    Command("verify", "check that every head answers as when it was trained", verify, verify_options),
    Command("evaluate", "measure every task on a split of its data", evaluate, evaluate_options),
    Command("audit", "rank the labels that are probably wrong", audit, audit_options),
    Command("predict", "answer every task about pictures", predict, predict_options),
    Command("serve", "answer over HTTP", serve, serve_options),
    Command(
        "export",
        "write the whole model for another runtime, checked on real pictures",
        export,
        export_options,
    ),
    Command("export-head", "write one head as a file of a few kilobytes", export_head, export_head_options),
    Command(
        "import-head",
        "take in a head from a file; the others stay bit-identical",
        import_head,
        import_head_options,
    ),
    Command("bench", "measure speed, memory and size on this machine, and draw charts", bench, bench_options),
    Command("tasks", "list the registered tasks", tasks),
    Command("backbones", "list the backbones, or the cuts of one", backbones, backbones_options),
    Command("info", "describe a run", info, info_options),
    Command("features", "list the stored features and their size, or clear them", features, features_options),
)
"""All commands, in the order in which `hydranet --help` lists them."""

__all__ = ["COMMANDS", "Command", "CommandParser"]
