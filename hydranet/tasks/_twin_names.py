"""Names of classes that are probably meant as one, or one that is meant as several."""

import re
import unicodedata
from collections import Counter

from hydranet.naming import listed

_SEPARATORS = ("|", ",", ";", "/", "+", "&")


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


def compound_notes(counts: Counter[str]) -> list[str]:
    """Say which names are made of others, with a separator between them.

    Args:
        counts: how often there is each name.

    Example:
        >>> [note] = compound_notes(Counter({"head": 9, "tail": 3, "head, tail": 2}))
        >>> note.split(".")[0]
        "Labels such as 'head, tail' (2) seem to name several classes"
    """
    for separator in _SEPARATORS:
        compound = [
            name for name in counts if separator in name and _is_made_of_others(name, separator, counts)
        ]
        if compound:
            return [
                f"Labels such as {compound[0]!r} ({counts[compound[0]]}) seem to name several classes. If they do, "
                f"give the task the kind multi_label, and its data `label_separator: {separator!r}`."
            ]
    return []


def _is_made_of_others(name: str, separator: str, counts: Counter[str]) -> bool:
    parts = [part.strip() for part in name.split(separator)]
    return len(parts) > 1 and all(parts) and any(part in counts for part in parts)


def _folded(name: str) -> str:
    """Return what names have in common that a person takes for the same."""
    text = unicodedata.normalize("NFKC", name).casefold()
    text = "".join(each for each in text if unicodedata.category(each) not in ("Cf", "Cc"))
    try:
        return repr(float(text))
    except ValueError:
        return re.sub(r"[\s_-]", "", text) or text
