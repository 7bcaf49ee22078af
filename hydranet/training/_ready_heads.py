"""Heads that come trained: they say their tasks' classes, and stand in the model as they are."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from hydranet.backbones import Backbone
from hydranet.errors import ConfigError, ModelError
from hydranet.experiment import Experiment
from hydranet.features import Splits
from hydranet.heads import ReadyHead
from hydranet.tasks import Task


def load_ready_heads(experiment: Experiment) -> tuple[Experiment, dict[str, ReadyHead]]:
    """Read the heads of an experiment that come trained, and give their tasks the classes that they tell apart.

    Returns:
        the experiment, in which these heads need no file any more, and the heads by task name.

    Raises:
        HydraNetError: a file is missing or something else, or does not belong to the task or the backbone.
    """
    tasks, ready = dict(experiment.tasks), {}
    for name, task in experiment.tasks.items():
        if not task.head.is_trained:
            tasks[name], ready[name] = _load(task, experiment.backbone)
    return dataclasses.replace(experiment, tasks=tasks) if ready else experiment, ready


def measuring_splits(experiment: Experiment, datasets: Mapping[str, Splits]) -> dict[str, Splits]:
    """Return the pictures of each task without those that would train a head that comes trained."""
    return {
        name: splits
        if experiment.tasks[name].head.is_trained
        else {split: dataset for split, dataset in splits.items() if split != "train"}
        for name, splits in datasets.items()
    }


def place_ready_head(task: Task, ready: ReadyHead, feature_shape: tuple[int, ...]) -> Any:
    """Return a head that comes trained as Keras layers.

    Raises:
        ModelError: it does not fit the feature.
    """
    check_fits(task, ready, feature_shape)
    head = task.build_head(feature_shape)
    head.set_weights(list(ready.weights))
    return head


def check_fits(task: Task, ready: ReadyHead, feature_shape: tuple[int, ...]) -> None:
    """Raise ModelError unless a head that comes trained was trained on features of this shape."""
    num_features = ready.weights[0].shape[0]
    if feature_shape != (num_features,):
        raise ModelError(
            f"The head of {task.name!r} was trained on {num_features:,} features, and {task.head.feature} of this "
            f"backbone has the shape {feature_shape}: it belongs to another network. Give the backbone that it was "
            "trained on, or its own top."
        )


def _load(task: Task, backbone: Backbone) -> tuple[Task, ReadyHead]:
    name = task.name
    if not task.has_classes:
        raise ConfigError(
            f"tasks.{name}.head: it comes trained to tell classes apart, and a {task.kind} has none."
        )
    if backbone.is_random:
        raise ConfigError(
            f"tasks.{name}.head: it comes trained, and the weights of {backbone.label} are random, so they can't be "
            "those that it was trained on: give the backbone these."
        )
    try:
        ready = task.head.ready(backbone)
    except ConfigError as error:
        raise ConfigError(f"tasks.{name}.head: {error}") from error
    found: dict[str, Any] = {"head": ready.head, **({} if task.classes else {"classes": ready.classes})}
    task = dataclasses.replace(task, **found)
    kernel, bias = task.last_layer(*ready.weights[-2:])
    if len(task.classes) != len(ready.classes) or len(bias) != task.num_outputs:
        raise ConfigError(
            f"tasks.{name}.classes: received {len(task.classes):,} of them for a head that tells "
            f"{len(ready.classes):,} apart: leave them out, or give all in the order of its outputs."
        )
    return task, ready._replace(weights=(*ready.weights[:-2], kernel, bias))
