"""A task as data: its fields as JSON types, for configs, models and head files, and back."""

import reprlib
from collections.abc import Mapping
from typing import Any

from hydranet.errors import ConfigError
from hydranet.heads import Head
from hydranet.settings import to_config, validate
from hydranet.tasks._registry import get_task, task_origins
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
        raise ConfigError(
            "\n  ".join([f"The task {reprlib.repr(config.get('name'))} can't be read:", *errors])
        )
    return task


def task_to_config(task: Task) -> dict[str, Any]:
    """Return the fields of `task` as nested dicts of JSON types."""
    return to_config(task)


def with_registered(name: str, settings: Any) -> dict[str, Any]:
    """Return what a config says of the task `name`, with the fields of the registered task of that name under it.

    Args:
        name: the key in the config.
        settings: what stands there: a mapping, or None for the registered task as it is.

    Raises:
        ConfigError: it is no mapping, or neither names data nor is registered.

    Example:
        >>> with_registered("shoes", {"data": "pictures/shoes"})
        {'data': 'pictures/shoes'}
        >>> with_registered("cats_dogs", None)["data"]["kind"]
        'tfds'
    """
    if settings is not None and not isinstance(settings, Mapping):
        raise ConfigError(f"received {settings!r}, expected settings such as `data: PATH`, or nothing.")
    settings = dict(settings or {})
    if settings.get("name", name) != name:
        raise ConfigError(
            f"its name is its key: received name: {settings['name']}. Leave it out, or rename the key."
        )
    if name in task_origins() or not ("data" in settings or _head_comes_trained(settings)):
        registered = task_to_config(get_task(name))
        if settings.get("kind", registered["kind"]) == registered["kind"]:
            return {**registered, **settings}
    return settings


def _head_comes_trained(settings: Mapping[str, Any]) -> bool:
    head = Head.long_form(settings.get("head"))
    kind = Head.variants().get(str(head.get("kind"))) if isinstance(head, Mapping) else None
    return kind is not None and not kind.is_trained
