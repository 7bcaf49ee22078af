"""What each command does: calls to the library, and its result on stdout. Computes nothing itself."""

import argparse
import dataclasses
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydranet.errors import ConfigError, ModelError


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _print_json(value: Any) -> None:
    _print(json.dumps(value, indent=2))


def _print_counts(pictures: Mapping[str, Any]) -> None:
    _print(
        f"\n{pictures['num_pictures']} pictures: {pictures['num_decoded']} decoded, "
        f"{pictures['num_passed_through_backbone']} passed through the backbone"
        + (f", {len(pictures['bad_images'])} left out as damaged" if pictures["bad_images"] else "")
    )


def train(options: argparse.Namespace) -> None:
    """Train a head for every task of a config."""
    from hydranet.config import check_data

    experiment = _load_config(options)
    check_data(experiment)
    _import_tensorflow(options)
    from hydranet.report.tables import metrics_table, phase_text
    from hydranet.training.distribution import choose_distribution
    from hydranet.training.fit import train

    folder = Path(options.run or f"runs/{Path(options.config).stem}")
    distribution = choose_distribution(options.replicas)
    run = train(
        experiment,
        folder,
        compare_random=options.compare_random,
        resume=options.resume,
        distribution=distribution,
    )
    if not distribution.is_chief:
        return None
    if options.format == "json":
        return _print_json(run.metrics)
    for number, phase in enumerate(run.metrics.get("fine_tuning", []), start=1):
        _print(phase_text(number, phase) + "\n")
    _print(metrics_table(run.metrics["tasks"], run.metrics.get("random_backbone")))
    _print_counts(run.metrics["pictures"])
    spent = ", ".join(
        f"{what.removesuffix('_s').replace('_', '-')} {seconds:.1f} s"
        for what, seconds in run.metrics["timing"].items()
        if what in {"features_s", "heads_s", "fine_tuning_s"}
    )
    _print(f"{spent}; written to {folder}")
    samples = folder / "pictures"
    _print(f"\nNext: hydranet predict {folder} {samples if samples.is_dir() else 'PICTURE'}")
    return None


def add(options: argparse.Namespace) -> None:
    """Train one more head for a run."""
    _import_tensorflow(options)
    from hydranet.config import parse_experiment, set_value
    from hydranet.report.tables import metrics_table
    from hydranet.training.edit import add_task
    from hydranet.training.run import Run

    run = Run(options.run)
    raw: dict[str, Any] = {"tasks": {options.task: None}, "plugins": list(run.experiment.plugins)}
    for key, value in _overrides(options.set).items():
        set_value(raw, f"tasks.{options.task}.{key}", value)
    if options.data:
        set_value(raw, f"tasks.{options.task}.data", str(Path(options.data).expanduser().resolve()))
    run = add_task(run, parse_experiment(raw, origin="the new task").tasks[options.task])
    _print(metrics_table({options.task: run.metrics["tasks"][options.task]}))
    _print_counts(run.metrics["pictures"])
    _print(f"\nNext: hydranet verify {run.folder}")


def remove(options: argparse.Namespace) -> None:
    """Take a head out of a run."""
    _import_tensorflow(options)
    from hydranet.training.edit import remove_task
    from hydranet.training.run import Run

    run = remove_task(Run(options.run), options.task)
    _print(f"Removed {options.task}; left: {', '.join(run.model.tasks)}.")


def verify(options: argparse.Namespace) -> None:
    """Check every head against what was noted when it was trained; fail if one differs."""
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
    if failed:
        raise ModelError(f"not as they were trained: {', '.join(failed)}.")


def evaluate(options: argparse.Namespace) -> None:
    """Measure every task on a split of its data."""
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


def predict(options: argparse.Namespace) -> None:
    """Answer every task about pictures."""
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


def tasks(options: argparse.Namespace) -> None:
    """List the registered tasks."""
    from hydranet.registry import get_task, task_origins
    from hydranet.report.tables import format_table

    rows = []
    for name, origin in task_origins().items():
        task = get_task(name)
        rows.append([name, task.kind, task.data or "-", origin])
    _print(format_table(["task", "kind", "data", "from"], rows))


def backbones(options: argparse.Namespace) -> None:
    """List the backbones, or the cuts of one."""
    _import_tensorflow(options)
    from hydranet.experiment import BackboneConfig
    from hydranet.model.application import application_names
    from hydranet.model.backbone import build_backbone
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


def validate(options: argparse.Namespace) -> None:
    """Check a config and the folders it names."""
    from hydranet.config import check_data

    experiment = _load_config(options)
    check_data(experiment)
    _import_tensorflow(options)
    from hydranet.model.backbone import check_backbone
    from hydranet.training.fine_tune import find_phase_cuts

    backbone = check_backbone(experiment.backbone, experiment.tasks.values())
    cuts = find_phase_cuts(backbone, experiment.fine_tuning)
    for number, cut in enumerate(cuts, start=1):
        _print(
            f"Fine-tuning phase {number} trains what is above {cut.layer} (layer {cut.index}), "
            f"{1 - cut.share_below:.0%} of the backbone's multiply-adds."
        )
    _print(f"{options.config} is valid: {len(experiment.tasks)} task(s): {', '.join(experiment.tasks)}.")


def info(options: argparse.Namespace) -> None:
    """Describe a run."""
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


def features(options: argparse.Namespace) -> None:
    """List the stored features, or clear them."""
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
