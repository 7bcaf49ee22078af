"""Name → task: from installed packages, from modules that the user names, and from `@register_task`.

The registry knows no task. A package offers tasks through the entry-point group `hydranet.tasks`; they are
found by name at once and imported only when they are asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

from hydranet.errors import ConfigError
from hydranet.naming import check_task_name, unknown_name

ENTRY_POINT_GROUP = "hydranet.tasks"

TaskFactory = TypeVar("TaskFactory", bound=Callable[[], Any])


@dataclass(frozen=True)
class _Registration:
    factory: Callable[[], Any]
    origin: str


_registrations: dict[str, _Registration] = {}


def register_task(factory: TaskFactory) -> TaskFactory:
    """Register the task that the decorated function returns, under the function's name.

    Raises:
        ConfigError: the name is not a valid task name, or another function holds it already.

    Example:
        >>> from hydranet import SingleLabel, register_task
        >>> @register_task
        ... def sharp_or_blurred() -> SingleLabel:
        ...     return SingleLabel(name="sharp_or_blurred", classes=("blurred", "sharp"))
        >>> sharp_or_blurred().name
        'sharp_or_blurred'
    """
    name = check_task_name(factory.__name__)
    origin = f"{factory.__module__}:{factory.__qualname__}"
    known = _origin(name)
    if known is not None and known != origin:
        raise ConfigError(
            f"Two tasks are called {name!r}: one from {known}, one from {origin}. Rename one of them."
        )
    _registrations[name] = _Registration(factory, origin)
    return factory


def get_task(name: str) -> Any:
    """Return the registered task called `name`.

    Raises:
        ConfigError: there is none; the message lists the known names and the nearest match.

    Example:
        >>> get_task("cats_dogs").data
        TFDS(name='cats_vs_dogs', data_dir=None)
    """
    if name not in _registrations:
        _import_entry_point(name)
    task = _registrations[name].factory()
    if task.name != name:
        raise ConfigError(
            f"{_registrations[name].origin} is registered as {name!r} but returns a task called "
            f"{task.name!r}: make both names the same."
        )
    return task


def task_origins() -> dict[str, str]:
    """Return where each known task comes from, as `{name: "module:function"}`, importing none of them."""
    origins = {name: point.value for name, point in _entry_points().items()}
    origins.update({name: registration.origin for name, registration in _registrations.items()})
    return dict(sorted(origins.items()))


def _origin(name: str) -> str | None:
    return task_origins().get(name)


def _entry_points() -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=ENTRY_POINT_GROUP):
        other = found.setdefault(point.name, point)
        if other.value != point.value:
            raise ConfigError(
                f"Two installed packages offer a task called {point.name!r}: {other.value} and {point.value}. "
                "Uninstall one of them, or rename its task."
            )
    return found


def _import_entry_point(name: str) -> None:
    point = _entry_points().get(name)
    if point is None:
        raise ConfigError(
            unknown_name("task", name, task_origins())
            + " A task of your own needs `data:` in the config, or `--data TASK=PATH`."
        )
    factory = point.load()
    if name not in _registrations:  # the module has not decorated it
        _registrations[name] = _Registration(factory, point.value)
