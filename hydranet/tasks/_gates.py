"""Gates: tasks that are answered only where other tasks predict certain classes, such as a breed only of dogs."""

from collections.abc import Iterable, Mapping

import numpy as np

from hydranet.errors import ConfigError, DataError
from hydranet.naming import unknown_name
from hydranet.tasks._classes import index_of
from hydranet.tasks._task import Task


def check_gates(tasks: Mapping[str, Task]) -> None:
    """Raise ConfigError with all of `gate_problems`, if there are any."""
    if problems := gate_problems(tasks):
        raise ConfigError("\n  ".join(problems))


def gate_problems(tasks: Mapping[str, Task | None]) -> list[str]:
    """Return a line for each gate that can't work, beginning with its place in a config.

    Classes are checked of the tasks whose classes are known, so call it again once all are.

    Args:
        tasks: by name, with all that their gates may name; None for one of which nothing but its name is known.
    """
    gated = {name: task for name, task in tasks.items() if task is not None and task.when}
    problems = [
        f"tasks.{name}.when{problem}"
        for name, task in gated.items()
        for gate, classes in task.when.items()
        for problem in _problems(name, gate, classes, tasks)
    ]
    for cycle in _cycles(gated):
        path = " when ".join(map(repr, [*cycle, cycle[0]]))
        problems.append(f"tasks.{cycle[0]}.when: its gate depends on itself: {path}. Take one of them out.")
    return problems


def check_removal(name: str, tasks: Mapping[str, Task]) -> None:
    """Raise ConfigError if another of `tasks` has a gate that needs the task `name`."""
    if gated := [other for other, task in tasks.items() if other != name and name in task.when]:
        listed = ", ".join(map(repr, gated))
        raise ConfigError(
            f"The task {name!r} can't be removed, because it is the gate of {listed}: remove {listed} first."
        )


def gate_levels(tasks: Mapping[str, Task], wanted: Iterable[str]) -> list[list[str]]:
    """Return the wanted tasks and all that their gates need, in an order in which they can be answered.

    Args:
        tasks: by name; with gates that `check_gates` has found good.
        wanted: names of tasks.

    Returns:
        levels: the first without gates; a later one with gates on tasks of earlier ones. Within a level, tasks
        stand in the order of `tasks`.

    Raises:
        ConfigError: an unknown task.
    """
    levels: dict[str, int] = {}

    def level(name: str) -> int:
        if name not in tasks:
            raise ConfigError(unknown_name("task", name, tasks))
        if name not in levels:
            levels[name] = max((1 + level(gate) for gate in tasks[name].when), default=0)
        return levels[name]

    depth = 1 + max(map(level, wanted), default=-1)
    return [[name for name in tasks if levels.get(name) == number] for number in range(depth)]


class Gates:
    """For which rows of one batch each task is answered; each gate is worked out once, when it is needed.

    Args:
        tasks: by name; with gates that `check_gates` has found good.
        num_rows: of the batch.

    Example:
        >>> from hydranet import SingleLabel
        >>> pet = SingleLabel(name="pet", classes=("cat", "dog"))
        >>> breed = SingleLabel(name="breed", classes=("corgi", "poodle"), when={"pet": "dog"})
        >>> gates = Gates({"pet": pet, "breed": breed}, num_rows=2)
        >>> gates.open_rows("breed", {"pet": np.array([[3.0], [-2.0]])}).tolist()
        [True, False]
    """

    def __init__(self, tasks: Mapping[str, Task], num_rows: int) -> None:
        self._tasks = tasks
        self._num_rows = num_rows
        self._open: dict[str, np.ndarray] = {}
        self._present: dict[str, np.ndarray] = {}

    def open_rows(self, name: str, outputs: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return where the task `name` is answered: bool `(num_rows,)`.

        Args:
            name: of the task.
            outputs: raw, `(num_rows, num_outputs)`, of the tasks that its gate needs; those that are answered in no
                row may be missing, and rows in which a task is not answered may hold NaN.
        """
        if name not in self._open:
            rows = np.ones(self._num_rows, bool)
            for gate, classes in self._tasks[name].when.items():
                rows &= self.open_rows(gate, outputs)
                if rows.any():
                    columns = [self._tasks[gate].classes.index(each) for each in classes]
                    rows &= self._present_classes(gate, outputs)[:, columns].any(axis=1)
            self._open[name] = rows
        return self._open[name]

    def _present_classes(self, gate: str, outputs: Mapping[str, np.ndarray]) -> np.ndarray:
        if gate not in self._present:
            self._present[gate] = self._tasks[gate].present(outputs[gate])
        return self._present[gate]


def _problems(
    name: str, gate: str, classes: Iterable[str], tasks: Mapping[str, Task | None]
) -> Iterable[str]:
    if gate == name:
        yield f": the task {name!r} can't be its own gate: name another task."
    elif gate not in tasks:
        yield f": {unknown_name('task', gate, [other for other in tasks if other != name])}"
    elif (task := tasks[gate]) is not None:
        if not task.has_classes:
            yield f": the task {gate!r} has no classes: expected one that predicts classes."
        for each in classes if task.classes else ():
            try:
                index_of(each, task.classes, f"the task {gate!r}")
            except DataError as error:
                yield f".{gate}: {error}"


def _cycles(gated: Mapping[str, Task]) -> list[list[str]]:
    """Return circles of gates, if there are any: at least one of those that hang together."""
    cycles: list[list[str]] = []
    seen: set[str] = set()

    def follow(path: list[str]) -> None:
        seen.add(path[-1])
        for gate in gated[path[-1]].when:
            if gate in path[:-1]:
                cycles.append(path[path.index(gate) :])
            elif gate in gated and gate not in seen:
                follow([*path, gate])

    for name in gated:
        if name not in seen:
            follow([name])
    return cycles
