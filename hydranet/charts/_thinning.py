"""Fewer points where there are more than can be seen."""

from collections.abc import Sequence
from typing import TypeVar

_Item = TypeVar("_Item")


def thin(items: Sequence[_Item], limit: int) -> list[_Item]:
    """Return at most `limit` items, evenly spread, the first and the last among them.

    Args:
        items: in order.
        limit: at least 2.

    Example:
        >>> thin(range(9), 3)
        [0, 4, 8]
    """
    if len(items) <= limit:
        return list(items)
    return [items[round(index * (len(items) - 1) / (limit - 1))] for index in range(limit)]
