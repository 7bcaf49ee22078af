"""Names that people type: which are allowed, and which one they probably meant."""

import difflib
import re
import reprlib
from collections.abc import Iterable

from hydranet.errors import ConfigError

_TASK_NAME = re.compile(r"[a-z][a-z0-9_]*")
# It is a part of files' names and of every error, log line and metric about the task.
_LONGEST_TASK_NAME = 100
# Other layers of the model are called so.
_RESERVED_NAME = re.compile(r"images|backbone|tail_.*")


def check_task_name(name: str) -> str:
    """Return `name` if it can be a task's name: it becomes a layer, metric and signature name."""
    if not isinstance(name, str) or not _TASK_NAME.fullmatch(name):
        raise ConfigError(
            f"A task's name must match [a-z][a-z0-9_]*: received {reprlib.repr(name)}, for "
            f"example '{_suggest_task_name(str(name)[:_LONGEST_TASK_NAME])}' would do."
        )
    if len(name) > _LONGEST_TASK_NAME:
        raise ConfigError(
            f"A task's name must have at most {_LONGEST_TASK_NAME} characters: received {len(name)}, beginning with "
            f"'{name[:_LONGEST_TASK_NAME]}'."
        )
    if _RESERVED_NAME.fullmatch(name):
        raise ConfigError(
            f"A task can't be called {name!r}, because a layer of the model is: use another name."
        )
    return name


def nearest_match(name: str, known: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the known name that is closest to `name`, or an empty string."""
    by_folded = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(str(name).lower(), by_folded, n=1)
    return f" Did you mean {by_folded[close[0]]!r}?" if close else ""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> str:
    """Say that there is no `kind` called `name`, what there is, and which one is nearest."""
    names = sorted(known)
    return f"Unknown {kind} {name!r}.{nearest_match(name, names)} Known: {', '.join(names) or 'none'}."


def listed(names: Iterable[object], most: int = 10) -> str:
    """Return names for a sentence: the first few, and how many more there are.

    Example:
        >>> listed(["cat", "dog", "eel"], most=2)
        'cat, dog and 1 more'
    """
    texts = [str(name) for name in names]
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def _suggest_task_name(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    possible = _TASK_NAME.fullmatch(words) and not _RESERVED_NAME.fullmatch(words)
    return words if possible else f"task_{words}".rstrip("_")
