"""Train a HydraNet on stored features: fit every head, evaluate it, save the run; add and remove heads later.

With a frozen backbone the heads share nothing that is trained, so each is brought to its own optimum.
"""

import dataclasses
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydranet.data.dataset import Dataset
from hydranet.data.pictures import Drawing
from hydranet.errors import ConfigError
from hydranet.experiment import Experiment
from hydranet.model.backbone import Backbone, build_backbone
from hydranet.model.hydranet import HydraNet
from hydranet.model.verify import record_head
from hydranet.tasks import Task
from hydranet.training.evaluate import evaluate_head
from hydranet.training.extract import Extraction
from hydranet.training.fit_head import fit_head
from hydranet.training.prepare import (
    Splits,
    extract_features,
    load_splits,
    readable,
    resolve_tasks,
    training_views,
)
from hydranet.training.run import Run, read_history, save_run, versions

_log = logging.getLogger(__name__)


def train(experiment: Experiment, run_dir: Path | str, *, compare_random: bool = False) -> Run:
    """Train a head for every task on one frozen backbone, and write the run.

    Args:
        experiment: the whole run as data; see `load_config`.
        run_dir: the folder to write to; a run that is there already is replaced when the new one is done.
        compare_random: train the same heads on the same backbone with random weights too, and note their
            metrics, which shows what the pretraining is worth.

    Returns:
        The run, with `run.model` and `run.metrics`.

    Raises:
        HydraNetError: see its children for what can be wrong.

    Example:
        >>> import tempfile
        >>> from hydranet import Drawings, Experiment, SingleLabel, train
        >>> from hydranet.experiment import BackboneConfig, FeaturesConfig
        >>> folder = tempfile.mkdtemp()
        >>> run = train(
        ...     Experiment(
        ...         tasks={"cats_dogs": SingleLabel(name="cats_dogs", data=Drawings("cats_dogs", 12, 4))},
        ...         backbone=BackboneConfig(image_size=32, weights="random", arguments={"alpha": 0.35}),
        ...         features=FeaturesConfig(dir=folder),
        ...     ),
        ...     folder + "/run",
        ... )
        >>> run.metrics["tasks"]["cats_dogs"]["num_examples"]
        8
    """
    timing: dict[str, float] = {}
    with _timed(timing, "listing_s"):
        datasets = {name: load_splits(task) for name, task in experiment.tasks.items()}
        experiment = resolve_tasks(experiment, datasets)
    with _timed(timing, "backbone_s"):
        backbone = build_backbone(experiment.backbone, seed=experiment.seed)
        for task in experiment.tasks.values():
            task.head.check_features(backbone.feature_shape)
    model, metrics, history, extraction = _train_heads(backbone, experiment, datasets, timing)
    results: dict[str, Any] = {"tasks": metrics, "pictures": _counts(extraction), "timing": timing}
    if compare_random:
        results["random_backbone"] = _train_on_random(experiment, datasets)
    _save_drawings(Path(run_dir) / "pictures", datasets)
    return save_run(Path(run_dir), experiment, model, {**results, "versions": versions()}, history)


def add_task(run: Run, task: Task) -> Run:
    """Train one more head for a run that is in use; every other head stays bit-identical.

    Args:
        run: is written anew.
        task: with its data.

    Raises:
        ConfigError: the run has a task of this name already.

    Example:
        >>> from hydranet import Drawings, Run, SingleLabel
        >>> pets = SingleLabel(name="pets", data=Drawings("cats_dogs", 10, 5, seed=1))
        >>> list(add_task(Run("runs/quickstart"), pets).model.tasks)
        ['horse_human', 'cats_dogs', 'dog_breeds', 'pets']
    """
    experiment = run.experiment
    if task.name in experiment.tasks:
        raise ConfigError(
            f"{run.folder} has a task {task.name!r} already: remove it first, or use another name."
        )
    timing: dict[str, float] = {}
    with _timed(timing, "listing_s"):
        datasets = {task.name: load_splits(task)}
        addition = resolve_tasks(dataclasses.replace(experiment, tasks={task.name: task}), datasets)
    added, metrics, history, extraction = _train_heads(run.model.backbone, addition, datasets, timing)
    model = run.model.with_task(addition.tasks[task.name], added.head(task.name))
    model.set_record(task.name, added.records[task.name])
    results = {
        **run.metrics,
        "tasks": {**run.metrics["tasks"], **metrics},
        "pictures": _counts(extraction),
        "timing": timing,
        "versions": versions(),
    }
    whole = dataclasses.replace(experiment, tasks={**experiment.tasks, **addition.tasks})
    return save_run(run.folder, whole, model, results, [*read_history(run.folder), *history])


def remove_task(run: Run, task: str) -> Run:
    """Take a task out of a run; every other head stays bit-identical.

    Raises:
        ConfigError: the run has no such task, or no other.

    Example:
        >>> from hydranet import Run
        >>> list(remove_task(Run("runs/quickstart"), "dog_breeds").model.tasks)
        ['horse_human', 'cats_dogs']
    """
    model = run.model.without_task(task)
    tasks = {name: kept for name, kept in run.experiment.tasks.items() if name != task}
    metrics = {**run.metrics, "tasks": {name: run.metrics["tasks"][name] for name in tasks}}
    history = [row for row in read_history(run.folder) if row["task"] != task]
    return save_run(run.folder, dataclasses.replace(run.experiment, tasks=tasks), model, metrics, history)


def evaluate(
    run: Run, *, data: Mapping[str, Any] | None = None, split: str = "validation"
) -> dict[str, dict[str, Any]]:
    """Return each task's metrics on a split of its data.

    Args:
        run: trained.
        data: other sources, by task name.
        split: `train`, `validation` or `test`.

    Raises:
        ConfigError: `data` names an unknown task, or a task's data has no such split.

    Example:
        >>> from hydranet import Drawings, Run
        >>> unseen = Drawings("cats_dogs", 1, 20, seed=7)
        >>> evaluate(Run("runs/quickstart"), data={"cats_dogs": unseen})["cats_dogs"]["num_examples"]
        40
    """
    experiment = run.experiment
    tasks = {
        name: dataclasses.replace(task, data=(data or {}).get(name, task.data))
        for name, task in experiment.tasks.items()
    }
    for name in data or {}:
        run.model.select([name])
    chosen = {name: {split: _split(load_splits(task), split, name)} for name, task in tasks.items()}
    space, extraction = extract_features(run.model.backbone, experiment, chosen)
    results = {}
    for name, task in tasks.items():
        dataset = readable(chosen[name][split], extraction)
        features = space.features(dataset.hashes)
        results[name] = {
            "split": split,
            **evaluate_head(run.model.head(name), task, features, dataset.labels),
        }
    return results


def _train_heads(
    backbone: Backbone, experiment: Experiment, datasets: Mapping[str, Splits], timing: dict[str, float]
) -> tuple[HydraNet, dict[str, Any], list[dict[str, Any]], Extraction]:
    with _timed(timing, "features_s"):
        space, extraction = extract_features(backbone, experiment, datasets)
    heads: dict[str, Any] = {}
    metrics: dict[str, Any] = {}
    history: list[dict[str, Any]] = []
    with _timed(timing, "heads_s"):
        for name, task in experiment.tasks.items():
            training = readable(datasets[name]["train"], extraction)
            head, fitted = fit_head(
                task,
                training_views(space, training, experiment),
                training.labels,
                training.hashes,
                experiment.training,
                seed=experiment.seed,
            )
            validation = readable(datasets[name]["validation"], extraction)
            heads[name] = head
            metrics[name] = {
                "split": "validation",
                **evaluate_head(head, task, space.features(validation.hashes), validation.labels),
                "num_training_examples": fitted.num_examples,
                **fitted.summary,
            }
            history += [{"task": name, **row} for row in fitted.history]
            _log.info("trained %s", name)
    model = HydraNet(backbone, experiment.tasks.values(), heads=heads)
    for name in heads:
        record_head(model, name)
    return model, metrics, history, extraction


def _train_on_random(experiment: Experiment, datasets: Mapping[str, Splits]) -> dict[str, Any]:
    config = dataclasses.replace(experiment.backbone, weights="random")
    backbone = build_backbone(config, seed=experiment.seed)
    return _train_heads(backbone, experiment, datasets, {})[1]


def _save_drawings(folder: Path, datasets: Mapping[str, Splits]) -> None:
    """Write one drawing of each class, which no head was trained on: pictures to try a prediction with."""
    first = {
        picture.label: picture
        for splits in datasets.values()
        for picture in reversed(splits["validation"].pictures)
        if isinstance(picture, Drawing)
    }
    for label, drawing in first.items():
        drawing.save(folder / f"{label}.png")


def _split(splits: Splits, split: str, task: str) -> Dataset:
    if split not in splits:
        raise ConfigError(
            f"The data of {task!r} has no split {split!r}: expected one of {', '.join(splits)}."
        )
    return splits[split]


def _counts(extraction: Extraction) -> dict[str, Any]:
    return {
        "num_pictures": extraction.num_pictures,
        "num_decoded": extraction.num_decoded,
        "num_passed_through_backbone": extraction.num_passed,
        "bad_images": extraction.bad_images,
    }


@contextmanager
def _timed(timing: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timing[name] = round(time.perf_counter() - start, 3)
