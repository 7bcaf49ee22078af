"""Pydantic's errors in our words: the path in the config, what was received and what was expected."""

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

from hydranet.naming import nearest_match
from hydranet.settings._bounds import bounds_in_words, type_in_words
from hydranet.settings._check import is_of
from hydranet.settings._hints import alternatives
from hydranet.settings._walk import class_for, hint_at

# Pydantic's types of error for a value outside its range.
_OUTSIDE = {
    *("greater_than", "greater_than_equal", "less_than", "less_than_equal"),
    *("predicate_failed", "too_short"),
}
_MISSING = {"missing", "missing_argument", "missing_keyword_only_argument"}


def explain(cls: type, raw: Any, path: tuple[str, ...], error: Any) -> list[str]:
    """Return a line for each thing that is wrong; none where another of pydantic's errors says it better."""
    keys = _keys_in(raw, error["loc"], missing=error["type"] in _MISSING)
    where = ".".join([*path, *map(str, keys)]) or "config"
    if error["type"] in {"unexpected_keyword_argument", "extra_forbidden"}:
        known = _known_keys(cls, keys[:-1], raw)
        near = nearest_match(str(keys[-1]), known)
        return [f"{where}: unknown key.{near} Known: {', '.join(sorted(known))}."]
    if error["type"] in _MISSING:
        return [f"{where}: is missing."]
    if error["type"] == "value_error":
        known = [] if path or keys else _known_keys(cls, (), raw)
        lines = str(error["ctx"]["error"]).split("\n  ")
        return [line if line.partition(".")[0] in known else f"{where}: {line}" for line in lines]
    hint, value = hint_at(cls, keys, raw)
    if error["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        return [_wrong_kind(where, hint, error["input"])]
    if error["type"] in _OUTSIDE:
        expected = bounds_in_words(next(filter(bounds_in_words, alternatives(hint)), hint))
        is_said = (
            error["type"] == "too_short" and value
        )  # of its items, which are counted only where they are right
    else:
        expected = _expected(hint, value)
        is_said = len(alternatives(hint)) > 1 and any(is_of(each, value) for each in alternatives(hint))
    received = json.dumps(error["input"], default=str)
    return [] if is_said else [f"{where}: received {received}, expected {expected}."]


def _wrong_kind(where: str, hint: Any, node: Any) -> str:
    kinds = class_for(hint, node).variants()
    kind = node.get("kind")
    received = "is missing" if kind is None else f"received {kind!r}"
    return f"{where}.kind: {received}, expected one of {', '.join(kinds)}.{nearest_match(kind, kinds)}"


def _expected(hint: Any, value: Any) -> str:
    if dataclasses.is_dataclass(class_for(hint, None)):
        return "a mapping"
    needs_quotes = isinstance(value, bool | int | float) and str in alternatives(hint)
    return type_in_words(hint) + (": put quotes around it" if needs_quotes else "")


def _keys_in(raw: Any, location: Sequence[str | int], *, missing: bool) -> list[str | int]:
    """Leave out of pydantic's location what is not in the config: the kinds between the keys."""
    keys: list[str | int] = []
    node = raw
    for step in location:
        if isinstance(node, dict | list) and (step in node or isinstance(node, list)):
            node = node[step]  # type: ignore[index]
            keys.append(step)
    return [*keys, location[-1]] if missing else keys


def _known_keys(cls: Any, keys: Sequence[str | int], raw: Any) -> list[str]:
    """Return the fields of the dataclass that stands at `keys` below `cls`."""
    concrete = class_for(*hint_at(cls, keys, raw))
    return [item.name for item in dataclasses.fields(concrete)] if dataclasses.is_dataclass(concrete) else []
