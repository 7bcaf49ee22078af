"""Gates: tasks that are answered only where other tasks predict certain classes, such as a breed only of dogs."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from hydranet.errors import ConfigError, DataError
from hydranet.naming import unknown_name
from hydranet.tasks._chosen_classes import chosen_classes
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


def gate_classes(task: Task, tasks: Mapping[str, Task]) -> dict[str, tuple[int, ...]]:
    """Return the indices of the classes that open the gate of `task`, by the name of the task that predicts them.

    Args:
        task: with a gate that `check_gates` has found good.
        tasks: by name, with those that its gate names.
    """
    return {
        gate: chosen_classes(tuple(chosen), tasks[gate].classes, _owner(gate))
        for gate, chosen in task.when.items()
    }


def describe_gate(task: Task, tasks: Mapping[str, Task]) -> dict[str, Any]:
    """Return what one must know to ask `task` only where its gate is open, in JSON types: for exports and servers."""
    wanted = gate_classes(task, tasks)
    when = {gate: [tasks[gate].classes[index] for index in columns] for gate, columns in wanted.items()}
    return {"when": when} if task.when_above is None else {"when": when, "when_above": task.when_above}


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
        self._present: dict[tuple[str, tuple[int, ...], float | None], np.ndarray] = {}

    def open_rows(self, name: str, outputs: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return where the task `name` is answered: bool `(num_rows,)`.

        Args:
            name: of the task.
            outputs: raw, `(num_rows, num_outputs)`, of the tasks that its gate needs; those that are answered in no
                row may be missing, and rows in which a task is not answered may hold NaN.
        """
        if name not in self._open:
            rows = np.ones(self._num_rows, bool)
            for gate, columns in gate_classes(self._tasks[name], self._tasks).items():
                rows &= self.open_rows(gate, outputs)
                if rows.any():
                    rows &= self._present_in(gate, columns, self._tasks[name].when_above, outputs)
            self._open[name] = rows
        return self._open[name]

    def _present_in(
        self, gate: str, columns: tuple[int, ...], above: float | None, outputs: Mapping[str, np.ndarray]
    ) -> np.ndarray:
        key = (gate, columns, above)
        if key not in self._present:
            self._present[key] = self._tasks[gate].any_present(outputs[gate], columns, above)
        return self._present[key]


def _owner(gate: str) -> str:
    return f"the task {gate!r}"


def _problems(
    name: str, gate: str, classes: Iterable[str | int], tasks: Mapping[str, Task | None]
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
                chosen_classes((each,), task.classes, _owner(gate))
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
