"""The commands that change which heads a run has."""

import argparse
from pathlib import Path
from typing import Any

from hydranet.commands._options import open_option, repeated_option, run_option, skip_option
from hydranet.commands._reporting import report_after
from hydranet.commands._shared import (
    import_tensorflow,
    open_run,
    parse_overrides,
    prepare_prediction,
    print_counts,
    print_text,
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `add`."""
    run_option(parser)
    parser.add_argument("task", metavar="TASK", help="a registered task, or a new name")
    parser.add_argument("--data", metavar="PATH", help="a folder of pictures")
    repeated_option(parser, "--set", "KEY=VALUE", "of the task: head=mlp")
    skip_option(parser)
    open_option(parser)


def add(options: argparse.Namespace) -> None:
    """Train one more head for a run."""
    import_tensorflow(options)
    from hydranet.commands._tables import metrics_table
    from hydranet.config import parse_experiment
    from hydranet.settings import set_value, to_config
    from hydranet.tasks import task_to_config
    from hydranet.training import add_task

    run = open_run(options)
    others = {name: task_to_config(task) for name, task in run.experiment.tasks.items()}  # for its gate
    raw: dict[str, Any] = {
        "backbone": to_config(run.experiment.backbone),
        "tasks": {**others, options.task: None},
        "plugins": list(run.experiment.plugins),
    }
    for key, value in parse_overrides(options.set).items():
        set_value(raw, f"tasks.{options.task}.{key}", value)
    if options.data:
        set_value(raw, f"tasks.{options.task}.data", str(Path(options.data).expanduser().resolve()))
    task = parse_experiment(raw, origin="the new task").tasks[options.task]
    run = add_task(run, task, skip_bad_images=options.skip_bad_images)
    prepare_prediction(run, options)
    report, intervals = report_after(run, options)
    print_text(
        metrics_table(run.experiment.tasks, {options.task: run.metrics["tasks"][options.task]}, intervals)
    )
    print_counts(run.metrics["pictures"])
    print_text(f"{report}\n\nNext: hydranet verify {run.folder}")


def remove_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `remove`."""
    run_option(parser)
    parser.add_argument("task", metavar="TASK")


def remove(options: argparse.Namespace) -> None:
    """Take a head out of a run."""
    import_tensorflow(options)
    from hydranet.runs import remove_task

    run = remove_task(open_run(options), options.task)
    prepare_prediction(run, options)
    print_text(
        f"Removed {options.task}; left: {', '.join(run.model.tasks)}.\n\nNext: hydranet report {run.folder}, "
        "for the report went with it"
    )


def export_head_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `export-head`."""
    run_option(parser)
    parser.add_argument("task", metavar="TASK")
    parser.add_argument("file", metavar="FILE", help="a name ending in .head, or a folder")


def export_head(options: argparse.Namespace) -> None:
    """Write one head as a file."""
    import_tensorflow(options)
    from hydranet.runs import export_head

    path = export_head(open_run(options), options.task, options.file)
    print_text(f"Wrote {path} ({path.stat().st_size / 1e3:.1f} kB).")


def import_head_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `import-head`."""
    run_option(parser)
    parser.add_argument("file", metavar="FILE", help="that export-head has written")


def import_head(options: argparse.Namespace) -> None:
    """Take in a head from a file."""
    import_tensorflow(options)
    from hydranet.runs import import_head

    run = import_head(open_run(options), options.file)
    prepare_prediction(run, options)
    print_text(
        f"{run.folder} has the tasks {', '.join(run.model.tasks)}.\n\nNext: hydranet verify {run.folder}"
    )
