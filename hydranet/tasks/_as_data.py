"""A task as data: its fields as JSON types, for configs, models and head files, and back."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from hydranet.errors import ConfigError
from hydranet.settings import validate
from hydranet.tasks._task import Task


def task_from_config(config: Mapping[str, Any]) -> Task:
    """Return the task that `task_to_config` described.

    Example:
        >>> from hydranet import SingleLabel
        >>> task = SingleLabel(name="cats_dogs", classes=("cat", "dog"))
        >>> task_from_config(task_to_config(task)) == task
        True
    """
    errors: list[str] = []
    task = validate(Task, config, errors)  # type: ignore[type-abstract]
    if task is None:
        raise ConfigError("\n  ".join([f"The task {config.get('name')!r} can't be read:", *errors]))
    return task


def task_to_config(task: Task) -> dict[str, Any]:
    """Return the fields of `task` as nested dicts of JSON types."""
    config: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(task)))
    return config
