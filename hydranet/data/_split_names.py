"""What splits are called: in folders, and in the cells of a table."""

from collections.abc import Mapping

SPLITS = ("train", "validation", "test")

_OTHER_NAMES: Mapping[str, str] = {
    **dict.fromkeys(["training"], "train"),
    **dict.fromkeys(["val", "valid", "dev", "development"], "validation"),
    **dict.fromkeys(["testing"], "test"),
}


def split_named(name: str) -> str | None:
    """Return which split a name means, in upper or lower case; None if it is that of none.

    Example:
        >>> split_named("Val"), split_named("dev"), split_named("cats")
        ('validation', 'validation', None)
    """
    lower = name.strip().lower()
    return lower if lower in SPLITS else _OTHER_NAMES.get(lower)
