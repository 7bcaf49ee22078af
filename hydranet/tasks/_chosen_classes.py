"""Which classes of a task somebody means: by name, by index, or by a range of indices."""

import re
from collections.abc import Sequence
from functools import lru_cache

from hydranet.errors import DataError
from hydranet.tasks._classes import index_of

# Both ends are included.
_RANGE = re.compile(r"\s*([0-9]{1,9})(?:\s*-\s*([0-9]{1,9}))?\s*")


@lru_cache(maxsize=1024)
def chosen_classes(chosen: tuple[str | int, ...], classes: tuple[str, ...], owner: str) -> tuple[int, ...]:
    """Return the indices of the chosen classes, each once, in rising order.

    Args:
        chosen: names, indices, and ranges of indices such as `151-268`. A text that is a name is that, whatever else
            it could be.
        classes: of the task.
        owner: what messages call it.

    Raises:
        DataError: there is no such class, or one can't know which is meant.

    Example:
        >>> chosen_classes(("wolf", "1-2"), ("cat", "corgi", "husky", "wolf"), "the task 'animal'")
        (1, 2, 3)
    """
    return tuple(sorted({index for each in chosen for index in _indices(each, classes, owner)}))


def _indices(chosen: str | int, classes: Sequence[str], owner: str) -> Sequence[int]:
    if chosen in classes:
        return [classes.index(str(chosen))]
    found = _RANGE.fullmatch(str(chosen))
    if found is None:
        return [index_of(str(chosen), tuple(classes), owner)]
    misleading = [name for index, name in enumerate(classes) if _RANGE.fullmatch(name) and name != str(index)]
    if misleading:
        raise DataError(
            f"{chosen!r} is no name of a class of {owner}, and does not say which indices are meant, since classes are "
            f"called like numbers, such as {misleading[0]!r}: expected names, in quotes."
        )
    first, last = int(found[1]), int(found[2] or found[1])
    if last < first:
        raise DataError(f"The range {chosen!r} of classes of {owner} is reversed: expected {last}-{first}.")
    if last >= len(classes):
        raise DataError(
            f"{chosen!r} is outside of the classes of {owner}: expected indices from 0 to {len(classes) - 1:,}."
        )
    return range(first, last + 1)
