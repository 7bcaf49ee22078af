"""Names of classes that are probably meant as one."""

import re
import unicodedata
from collections import Counter

from hydranet.naming import listed


def twin_notes(counts: Counter[str]) -> list[str]:
    """Say which names differ in upper and lower case, spaces, invisible signs or the way to write a number
    alone.

    Args:
        counts: how often there is each name.

    Example:
        >>> twin_notes(Counter({"Cat": 2, "cat": 9, "dog": 4}))
        ["These classes may be meant as one: 'cat' (9), 'Cat' (2). Write their labels alike if so."]
    """
    twins: dict[str, list[str]] = {}
    for name, _ in counts.most_common():
        twins.setdefault(_folded(name), []).append(name)
    return [
        f"These classes may be meant as one: {listed(f'{name!r} ({counts[name]})' for name in names)}. Write their "
        "labels alike if so."
        for names in twins.values()
        if len(names) > 1
    ]


def _folded(name: str) -> str:
    """Return what names have in common that a person takes for the same."""
    text = unicodedata.normalize("NFKC", name).casefold()
    text = "".join(each for each in text if unicodedata.category(each) not in ("Cf", "Cc"))
    try:
        return repr(float(text))
    except ValueError:
        return re.sub(r"[\s_-]", "", text) or text
