"""Class names, as tasks with classes check them and look them up."""

from collections import Counter

from hydranet.errors import ConfigError, DataError
from hydranet.naming import nearest_match


def check_classes(task_name: str, classes: tuple[str, ...], *, at_least: int) -> None:
    """Raise ConfigError unless there are no classes yet, or enough of them, each once."""
    repeated = [name for name, count in Counter(classes).items() if count > 1]
    if repeated:
        raise ConfigError(f"The task {task_name!r} names a class twice: {', '.join(repeated)}.")
    if classes and len(classes) < at_least:
        raise ConfigError(
            f"The task {task_name!r} needs at least {at_least} classes: received {list(classes)}."
        )


def index_of(label: str, classes: tuple[str, ...], owner: str) -> int:
    """Return the place of `label` among `classes`, or raise DataError, which names the nearest match."""
    if label not in classes:
        listed = ", ".join(classes[:10]) + (", …" if len(classes) > 10 else "")
        raise DataError(
            f"The label {label!r} is not a class of {owner}: expected one of {listed}."
            f"{nearest_match(label, classes)}"
        )
    return classes.index(label)
