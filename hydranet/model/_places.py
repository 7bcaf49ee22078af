"""How a model's parts stand to each other: tasks by name, their tail groups, and what the heads at each place read."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hydranet.backbones import Backbone, Place
from hydranet.errors import ConfigError
from hydranet.model._tail import Tail
from hydranet.model._trunk import ACTIVATION
from hydranet.naming import unknown_name
from hydranet.tasks import Task


def unique_tasks(tasks: Iterable[Task]) -> dict[str, Task]:
    """Return the tasks by name; none may stand twice."""
    by_name: dict[str, Task] = {}
    for task in tasks:
        if task.name in by_name:
            raise ConfigError(
                f"Two tasks are called {task.name!r}: a name may stand only once. Rename one of them."
            )
        by_name[task.name] = task
    if not by_name:
        raise ConfigError("A HydraNet needs at least one task: received none.")
    return by_name


def gated_by(task: Task, gates: Sequence[str]) -> Task:
    """Return `task` with those of its gates that are among `gates`."""
    return dataclasses.replace(
        task, when={gate: classes for gate, classes in task.when.items() if gate in gates}
    )


def group_of_each_task(
    tasks: Mapping[str, Task], tails: Mapping[str, Tail], given: Mapping[str, str]
) -> dict[str, str]:
    """Return the group of each task, if there are tails, and check that each group has one."""
    if not tails:
        return {}
    groups = {name: given.get(name, task.tail_group) for name, task in tasks.items()}
    for name, group in groups.items():
        if group not in tails:
            raise ConfigError(
                f"The tail of the task {name!r} is missing. {unknown_name('tail group', group, tails)}"
            )
    return groups


def place_of(backbone: Backbone, task: Task, group: str | None) -> Place:
    """Return where the head of a task stands."""
    try:
        return Place(group, backbone.feature_of(task.head))
    except ConfigError as error:
        raise ConfigError(f"The head of the task {task.name!r}: {error}") from error


def tail_giving(tails: Mapping[str, Tail], group: str, places: Iterable[Place]) -> Tail:
    """Return the tail of a group, so that it gives what the heads at its places read."""
    return tails[group].giving([place.feature for place in places if place.group == group])


def features_at(
    features: Mapping[str, Any], tails: Mapping[str, Tail], places: Iterable[Place]
) -> dict[Place, Any]:
    """Return what heads at `places` read, from what the trunk gives; each tail runs once."""
    given: dict[str | None, Mapping[str, Any]] = {None: features}
    for group in dict.fromkeys(place.group for place in places if place.group is not None):
        given[group] = tails[group](features[ACTIVATION])
    return {place: given[place.group][place.feature] for place in places}
