"""The commands that ask a trained run: how good is it, is it as it was, what does it see?"""

import argparse
import dataclasses
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydranet.commands._options import (
    engine_options,
    format_option,
    model_option,
    open_option,
    repeated_option,
    run_option,
    skip_option,
)
from hydranet.commands._reporting import open_page
from hydranet.commands._shared import (
    import_tensorflow,
    native_notes_aside,
    open_predictor,
    open_run,
    parse_pairs,
    print_json,
    print_text,
)
from hydranet.errors import DataError, HydraNetError, ModelError

_log = logging.getLogger(__name__)


def verify_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `verify`."""
    format_option(parser)
    run_option(parser)
    parser.add_argument(
        "--accept",
        action="store_true",
        help="take the run's files as they are from now on, changed by hand or not",
    )


def verify(options: argparse.Namespace) -> None:
    """Check a run's files, and every head against what was noted when it was trained; fail if one differs."""
    import_tensorflow(options)
    from hydranet.commands._tables import checks_table
    from hydranet.runs import accept, verify

    run = open_run(options)
    if options.accept:
        accept(run.folder)
        run = open_run(options)
    if run.contents.digests is None:
        _log.warning(
            "%s has no manifest, as runs of version 0.1: its files can't be checked. `--accept` writes one.",
            run.folder,
        )
    if damaged := run.contents.damaged():
        raise ModelError("\n  ".join(["not as it was written:", *damaged]))
    checks = verify(run.model)
    if options.format == "json":
        print_json([dataclasses.asdict(check) for check in checks])
    else:
        print_text(checks_table(checks))
    failed = [check.task for check in checks if check.status != "ok"]
    if failed:
        raise ModelError(f"not as they were trained: {', '.join(failed)}.")


def evaluate_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `evaluate`."""
    from hydranet.data import SPLITS

    format_option(parser)
    run_option(parser)
    repeated_option(parser, "--data", "TASK=PATH", "other pictures")
    parser.add_argument("--split", choices=SPLITS, default="validation")
    skip_option(parser)
    engine_options(parser)
    open_option(parser)


def evaluate(options: argparse.Namespace) -> None:
    """Measure every task on a split of its data."""
    import_tensorflow(options)
    from hydranet.commands._tables import metrics_table
    from hydranet.data import source_at
    from hydranet.engines import AUTO
    from hydranet.evaluation import assess, metric_interval
    from hydranet.features import say_notes
    from hydranet.inference import assess_on_engine
    from hydranet.report import write_report
    from hydranet.runs import with_notes

    run = open_run(options)
    tasks = run.experiment.tasks
    data = {
        name: source_at(path, like=tasks[name].data if name in tasks else None)
        for name, path in parse_pairs(options.data, "--data").items()
    }
    if (options.engine, options.precision) == (AUTO, "float32"):
        assessments = assess(run, data=data, split=options.split, skip_bad_images=options.skip_bad_images)
    else:
        with native_notes_aside(options):
            assessments = assess_on_engine(
                run, engine=options.engine, precision=options.precision, data=data, split=options.split
            )
    page = run.folder / "evaluation" / "report.html"
    try:
        said = f"Report: {write_report(run, page, assessments=assessments)}"
    except HydraNetError as error:  # the folder may be read-only
        _log.warning("The report was not written: %s", error)
        said = "No report."
    else:
        if options.open:
            open_page(page)
    results = {name: with_notes(each.metrics, each.notes) for name, each in assessments.items()}
    say_notes(assessments)
    if options.format == "json":
        return print_json({"tasks": results})
    print_text(
        metrics_table(
            run.experiment.tasks, results, {name: metric_interval(each) for name, each in assessments.items()}
        )
    )
    return print_text(said)


def predict_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `predict`."""
    format_option(parser, "csv")
    model_option(parser)
    parser.add_argument(
        "images", metavar="IMAGE|DIR", nargs="+", help="or a file of arrays, for a run that reads features"
    )
    parser.add_argument("--tasks", metavar="A,B", help="only these")
    parser.add_argument("--masks", metavar="DIR", help="write each map of classes to DIR/TASK/PICTURE.png")
    parser.add_argument(
        "--heat-maps",
        metavar="DIR",
        help="write pictures with where the evidence lies to DIR/TASK/PICTURE.png",
    )
    parser.add_argument(
        "--skip-bad-images", action="store_true", help="succeed also when a picture can't be read"
    )
    engine_options(parser)


def predict(options: argparse.Namespace) -> None:
    """Answer every task about pictures; one that can't be read is named, and the others are answered."""
    from hydranet.commands._heat_maps import check_heat_maps, write_heat_maps
    from hydranet.commands._masks import check_masks, write_masks
    from hydranet.inference import find_examples

    tasks = options.tasks.split(",") if options.tasks else None
    predictor = open_predictor(options, heat_maps=options.heat_maps is not None)
    if options.masks:
        check_masks(predictor.tasks, tasks)
    if options.heat_maps:
        check_heat_maps(predictor.heat_mapped, tasks or list(predictor.tasks))
    examples = find_examples(options.images, predictor.example_shape, predictor.image_size)
    outcomes = predictor.try_stream([nested for nested, _ in examples], tasks=tasks)
    names, seen, predictions, bad = [], [], [], []
    for (_, pictures), outcome in zip(examples, outcomes, strict=True):
        if isinstance(outcome, DataError):
            bad.append(str(outcome))
        else:
            names.append(", ".join(picture.name for picture in pictures))
            seen.append(Path(pictures[0].name))
            predictions.append(outcome)
    if predictions or options.skip_bad_images:
        _print_predictions(options.format, names, predictions)
    if options.masks:
        count = write_masks(Path(options.masks), predictor.tasks, seen, predictions)
        _log.info("%d masks are in %s.", count, options.masks)
    if options.heat_maps:
        count = write_heat_maps(Path(options.heat_maps), seen, predictions)
        _log.info("%d pictures with heat maps are in %s.", count, options.heat_maps)
    for line in bad:
        _log.warning("Left out: %s", line)
    if bad and not options.skip_bad_images:
        raise DataError(
            f"{len(bad)} of {len(examples)} could not be read; first: {bad[0]} With --skip-bad-images that is no "
            "failure."
        )


def _print_predictions(
    file_format: str,
    names: Sequence[str],
    predictions: Sequence[Mapping[str, Any]],
) -> None:
    from hydranet.commands._tables import predictions_csv, predictions_table

    if file_format == "json":
        print_json(
            [
                {
                    "image": name,
                    "predictions": {task: answer and answer.as_data() for task, answer in answers.items()},
                }
                for name, answers in zip(names, predictions, strict=True)
            ]
        )
    else:
        print_text((predictions_csv if file_format == "csv" else predictions_table)(names, predictions))
