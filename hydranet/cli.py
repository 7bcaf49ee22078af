"""The command line: arguments → calls to the library. Results go to stdout, progress and logs to stderr."""

import argparse
import dataclasses
import json
import logging
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydranet import __version__
from hydranet.errors import ConfigError, HydraNetError

_EXIT_FAILED = 1
_EXIT_WRONG_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 wrong usage or config."""
    options = _parser().parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    try:
        return int(options.command(options) or 0)
    except KeyboardInterrupt:
        return _fail(
            "interrupted; stored features are kept, and the same command goes on from there.", _EXIT_FAILED
        )
    except BrokenPipeError:
        sys.stdout = None  # type: ignore[assignment]  # the reader has gone: nothing left to flush
        return _EXIT_FAILED
    except HydraNetError as error:
        if options.debug:
            raise
        return _fail(str(error), _EXIT_WRONG_USAGE if isinstance(error, ConfigError) else _EXIT_FAILED)
    except Exception as error:
        if options.debug:
            raise
        return _fail(f"unexpected {type(error).__name__}: {error} (--debug shows where)", _EXIT_FAILED)


def _import_tensorflow(options: argparse.Namespace) -> None:
    """Import TensorFlow without its notes on processors and drivers, unless --debug asks for them.

    They are written by C++ code before any setting of TensorFlow's is in force, so stderr itself is put aside
    meanwhile; if the import fails, what was written is shown.
    """
    if options.debug:
        return
    with tempfile.TemporaryFile() as notes:
        stderr = os.dup(2)
        os.dup2(notes.fileno(), 2)
        try:
            import tensorflow as tf

            tf.config.list_physical_devices()
        except BaseException:
            notes.seek(0)
            os.write(stderr, notes.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"hydranet: {message}\n")
    return code


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _print_json(value: Any) -> None:
    _print(json.dumps(value, indent=2))


def _train(options: argparse.Namespace) -> None:
    experiment = _load_config(options)
    _import_tensorflow(options)
    from hydranet.report.tables import metrics_table
    from hydranet.training.fit import train

    folder = Path(options.run or f"runs/{Path(options.config).stem}")
    run = train(experiment, folder, compare_random=options.compare_random)
    if options.format == "json":
        return _print_json(run.metrics)
    pictures, timing = run.metrics["pictures"], run.metrics["timing"]
    _print(metrics_table(run.metrics["tasks"], run.metrics.get("random_backbone")))
    _print(
        f"\n{pictures['num_pictures']} pictures: {pictures['num_decoded']} decoded, "
        f"{pictures['num_passed_through_backbone']} passed through the backbone"
        + (f", {len(pictures['bad_images'])} left out as damaged" if pictures["bad_images"] else "")
    )
    _print(f"features {timing['features_s']:.1f} s, heads {timing['heads_s']:.1f} s; written to {folder}")
    _print(f"\nNext: hydranet predict {folder} PICTURE")
    return None


def _add(options: argparse.Namespace) -> None:
    _import_tensorflow(options)
    from hydranet.config import parse_experiment, set_value
    from hydranet.report.tables import metrics_table
    from hydranet.training.fit import add_task
    from hydranet.training.run import Run

    run = Run(options.run)
    raw: dict[str, Any] = {"tasks": {options.task: None}, "plugins": list(run.experiment.plugins)}
    for key, value in _overrides(options.set).items():
        set_value(raw, f"tasks.{options.task}.{key}", value)
    if options.data:
        set_value(raw, f"tasks.{options.task}.data", str(Path(options.data).expanduser().resolve()))
    run = add_task(run, parse_experiment(raw, origin="the new task").tasks[options.task])
    pictures = run.metrics["pictures"]
    _print(metrics_table({options.task: run.metrics["tasks"][options.task]}))
    _print(
        f"\n{pictures['num_pictures']} pictures: {pictures['num_decoded']} decoded, "
        f"{pictures['num_passed_through_backbone']} passed through the backbone"
    )
    _print(f"\nNext: hydranet verify {run.folder}")


def _remove(options: argparse.Namespace) -> None:
    _import_tensorflow(options)
    from hydranet.training.fit import remove_task
    from hydranet.training.run import Run

    run = remove_task(Run(options.run), options.task)
    _print(f"Removed {options.task}; left: {', '.join(run.model.tasks)}.")


def _verify(options: argparse.Namespace) -> int:
    _import_tensorflow(options)
    from hydranet.model.verify import verify
    from hydranet.report.tables import checks_table
    from hydranet.training.run import Run

    checks = verify(Run(options.run).model)
    if options.format == "json":
        _print_json([dataclasses.asdict(check) for check in checks])
    else:
        _print(checks_table(checks))
    failed = [check.task for check in checks if check.status != "ok"]
    return _fail(f"not as they were trained: {', '.join(failed)}.", _EXIT_FAILED) if failed else 0


def _evaluate(options: argparse.Namespace) -> None:
    _import_tensorflow(options)
    from hydranet.data.sources import Folder
    from hydranet.report.tables import metrics_table
    from hydranet.training.fit import evaluate
    from hydranet.training.run import Run

    data = {name: Folder(path) for name, path in _pairs(options.data, "--data").items()}
    results = evaluate(Run(options.run), data=data, split=options.split)
    if options.format == "json":
        _print_json({"tasks": results})
    else:
        _print(metrics_table(results))


def _predict(options: argparse.Namespace) -> None:
    _import_tensorflow(options)
    from hydranet.inference.predictor import Predictor, find_pictures
    from hydranet.report.tables import predictions_csv, predictions_table

    pictures = find_pictures(options.images)
    tasks = options.tasks.split(",") if options.tasks else None
    predictions = Predictor(options.run).predict(pictures, tasks=tasks)
    names = [str(picture) for picture in pictures]
    if options.format == "json":
        _print_json(
            [
                {
                    "image": name,
                    "predictions": {task: dataclasses.asdict(answer) for task, answer in answers.items()},
                }
                for name, answers in zip(names, predictions, strict=True)
            ]
        )
    else:
        _print((predictions_csv if options.format == "csv" else predictions_table)(names, predictions))


def _tasks(options: argparse.Namespace) -> None:
    from hydranet.registry import get_task, task_origins
    from hydranet.report.tables import format_table

    rows = []
    for name, origin in task_origins().items():
        task = get_task(name)
        rows.append([name, task.kind, task.data or "-", origin])
    _print(format_table(["task", "kind", "data", "from"], rows))


def _backbones(options: argparse.Namespace) -> None:
    _import_tensorflow(options)
    from hydranet.config import BackboneConfig
    from hydranet.model.backbone import application_names, build_backbone
    from hydranet.model.cuts import find_cuts
    from hydranet.report.tables import cuts_table

    if not options.name:
        return _print("\n".join(application_names()))
    config = BackboneConfig(name=options.name, image_size=options.image_size, weights="random")
    network = build_backbone(config).network
    cuts = find_cuts(network)
    _print(cuts_table(cuts))
    _print(
        f"\n{options.name} at {options.image_size} px: {network.count_params():,} parameters, "
        f"{cuts[-1].multiply_adds_below:,} multiply-adds, {len(network.layers)} layers, {len(cuts)} cuts"
    )
    return None


def _validate(options: argparse.Namespace) -> None:
    from hydranet.config import check_data

    experiment = _load_config(options)
    check_data(experiment)
    _print(f"{options.config} is valid: {len(experiment.tasks)} task(s): {', '.join(experiment.tasks)}.")


def _info(options: argparse.Namespace) -> None:
    _import_tensorflow(options)
    from hydranet.report.tables import format_table, metrics_table
    from hydranet.training.run import Run

    run = Run(options.run)
    backbone = run.experiment.backbone
    if options.format == "json":
        return _print_json({"backbone": dataclasses.asdict(backbone), **run.metrics})
    rows = [
        [task.name, task.kind, task.head.kind, len(getattr(task, "classes", ())) or "-"]  # type: ignore[attr-defined]
        for task in run.experiment.tasks.values()
    ]
    _print(f"{backbone.name} at {backbone.image_size} px, weights: {backbone.weights}\n")
    _print(format_table(["task", "kind", "head", "classes"], rows))
    _print("\n" + metrics_table(run.metrics["tasks"]))
    _print("\n" + ", ".join(f"{name} {version}" for name, version in run.metrics["versions"].items()))
    return None


def _features(options: argparse.Namespace) -> None:
    from hydranet.report.tables import format_table
    from hydranet.training.features import FeatureStore

    store = FeatureStore(options.dir)
    if options.clear:
        return _print(f"Freed {store.clear() / 1e6:.1f} MB in {store.folder}.")
    usage = store.usage()
    _print(
        format_table(
            ["trunk and dtype", "rows", "MB"],
            [[space.name, space.num_rows, f"{space.num_bytes / 1e6:.1f}"] for space in usage],
        )
    )
    _print(f"\n{sum(space.num_bytes for space in usage) / 1e6:.1f} MB in {store.folder}")
    return None


def _load_config(options: argparse.Namespace) -> Any:
    from hydranet.config import load_config

    overrides = _overrides(options.set)
    if options.weights:
        named = options.weights in {"imagenet", "bundled", "random"}
        overrides["backbone.weights"] = (
            options.weights if named else str(Path(options.weights).expanduser().resolve())
        )
    if options.skip_bad_images:
        overrides["skip_bad_images"] = True
    return load_config(options.config, overrides=overrides, data=_pairs(options.data, "--data"))


def _overrides(settings: Sequence[str]) -> dict[str, Any]:
    from hydranet.config import parse_yaml_value

    return {key: parse_yaml_value(value) for key, value in _pairs(settings, "--set").items()}


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    pairs = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (key and equals and value):
            raise ConfigError(f"{option} {text!r}: expected NAME=VALUE.")
        pairs[key] = value
    return pairs


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hydranet", description="One pretrained image backbone, run once, feeding many task heads."
    )
    parser.add_argument("--version", action="version", version=f"hydranet {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(
        name: str, function: Any, summary: str, *, formats: Sequence[str] = ()
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=summary, description=summary)
        added.set_defaults(command=function)
        if formats:
            added.add_argument(
                "--format", choices=formats, default=formats[0], help="of the result on stdout"
            )
        return added

    text_or_json = ("table", "json")
    for name, function, summary in (
        ("train", _train, "train a head for every task of a config"),
        ("validate", _validate, "check a config and the folders it names, and train nothing"),
    ):
        training = command(name, function, summary, formats=text_or_json if name == "train" else ())
        training.add_argument("config", metavar="CONFIG", help="a YAML file")
        training.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="a.b.c=value")
        training.add_argument(
            "--data", metavar="TASK=PATH", action="append", default=[], help="a folder of pictures"
        )
        training.add_argument("--weights", metavar="PATH", help="the backbone's weights")
        training.add_argument(
            "--skip-bad-images", action="store_true", help="leave out what can't be decoded"
        )
        if name == "train":
            training.add_argument("--run", metavar="DIR", help="where to write; runs/CONFIG by default")
            training.add_argument(
                "--compare-random", action="store_true", help="train on a backbone with random weights too"
            )

    added = command("add", _add, "train one more head for a run; the others stay bit-identical")
    added.add_argument("run", metavar="RUN")
    added.add_argument("task", metavar="TASK", help="a registered task, or a new name")
    added.add_argument("--data", metavar="PATH", help="a folder of pictures")
    added.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], help="of the task: head=mlp"
    )

    removed = command("remove", _remove, "take a head out of a run")
    removed.add_argument("run", metavar="RUN")
    removed.add_argument("task", metavar="TASK")

    verified = command(
        "verify", _verify, "check that every head answers as when it was trained", formats=text_or_json
    )
    verified.add_argument("run", metavar="RUN")

    evaluated = command(
        "evaluate", _evaluate, "measure every task on a split of its data", formats=text_or_json
    )
    evaluated.add_argument("run", metavar="RUN")
    evaluated.add_argument("--data", metavar="TASK=PATH", action="append", default=[], help="other pictures")
    evaluated.add_argument("--split", choices=("train", "validation", "test"), default="validation")

    predicted = command(
        "predict", _predict, "answer every task about pictures", formats=("table", "json", "csv")
    )
    predicted.add_argument("run", metavar="RUN", help="a run's folder, or a .keras file")
    predicted.add_argument("images", metavar="IMAGE|DIR", nargs="+")
    predicted.add_argument("--tasks", metavar="A,B", help="only these")

    command("tasks", _tasks, "list the registered tasks")

    backbones = command("backbones", _backbones, "list the backbones, or the cuts of one")
    backbones.add_argument("name", metavar="NAME", nargs="?")
    backbones.add_argument("--image-size", type=int, default=224, metavar="PIXELS")

    informed = command("info", _info, "describe a run", formats=text_or_json)
    informed.add_argument("run", metavar="RUN")

    features = command("features", _features, "list the stored features and their size, or clear them")
    features.add_argument("--dir", help="of the store")
    features.add_argument("--clear", action="store_true")
    return parser
