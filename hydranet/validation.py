"""Nested dicts → dataclasses: every error at once, with its path, what was received and what was expected."""

import dataclasses
import json
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from hydranet.naming import nearest_match
from hydranet.variants import Variant

T = TypeVar("T")

# No unknown field and no conversion, in nested dataclasses too.
_STRICT: Any = {"extra": "forbid", "strict": True}


def validate(cls: type[T], raw: Any, errors: list[str], *, path: tuple[str, ...] = ()) -> T | None:
    """Return `raw` as an instance of `cls`, or None and a line in `errors` for each thing that is wrong.

    Args:
        cls: a dataclass, or an abstract `Variant`.
        raw: nested dicts and lists of JSON types.
        errors: gets the lines.
        path: where `raw` stands in the config.

    Example:
        >>> from hydranet.heads import Head
        >>> errors = []
        >>> validate(Head, {"kind": "mlp", "hiden": [8]}, errors, path=("head",))
        >>> errors
        ["head.hiden: unknown key. Did you mean 'hidden'? Known: batch_norm, dropout, hidden, kind."]
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        # In a list, because pydantic takes no config for a dataclass that is not its own but passes one down.
        # JSON mode: strict about numbers and texts, and yet a list is good for a tuple.
        adapter = TypeAdapter(list[cls], config=_STRICT)  # type: ignore[valid-type]
        return adapter.validate_json(json.dumps([raw], default=str))[0]
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False):
            errors.append(_render(cls, raw, path, {**error, "loc": error["loc"][1:]}))
    return None


def _render(cls: type, raw: Any, path: tuple[str, ...], error: Any) -> str:
    keys = _keys_in(raw, error["loc"])
    where = ".".join([*path, *map(str, keys)]) or "config"
    if error["type"] in {"unexpected_keyword_argument", "extra_forbidden"}:
        known = _known_keys(cls, keys[:-1], raw)
        return (
            f"{where}: unknown key.{nearest_match(str(keys[-1]), known)} Known: {', '.join(sorted(known))}."
        )
    if error["type"] in {"missing", "missing_argument", "missing_keyword_only_argument"}:
        return f"{where}: is missing."
    if error["type"] == "value_error":
        return f"{where}: {error['ctx']['error']}"
    if error["type"] == "union_tag_invalid":
        expected = error["ctx"]["expected_tags"].replace("'", "").split(", ")
        tag = error["ctx"]["tag"]
        return f"{where}.kind: received {tag!r}, expected one of {', '.join(expected)}.{nearest_match(tag, expected)}"
    expected = error["msg"].removeprefix("Input should be ").removeprefix("Input must be ")
    return f"{where}: received {json.dumps(error['input'], default=str)}, expected {expected}."


def _keys_in(raw: Any, location: Sequence[str | int]) -> list[str | int]:
    """Leave out of pydantic's location what is not in the config: the kinds between the keys."""
    keys: list[str | int] = []
    node = raw
    for step in location:
        if isinstance(node, dict) and node.get("kind") == step and step not in node:
            continue
        keys.append(step)
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            node = None
    return keys


def _known_keys(cls: Any, keys: Sequence[str | int], raw: Any) -> list[str]:
    """Return the fields of the dataclass that stands at `keys` below `cls`."""
    node = raw
    for key in keys:
        cls, node = _child(cls, key, node), node[key]
    concrete = _concrete(cls, node)
    return [item.name for item in dataclasses.fields(concrete)] if dataclasses.is_dataclass(concrete) else []


def _child(cls: Any, key: str | int, node: Any) -> Any:
    if get_origin(cls) is dict:
        return get_args(cls)[1]
    concrete = _concrete(cls, node)
    if dataclasses.is_dataclass(concrete):
        return _hints(concrete).get(str(key))  # type: ignore[arg-type]
    return (get_args(cls) or (None,))[-1]


def _concrete(cls: Any, node: Any) -> Any:
    candidates = [cls, *get_args(cls)]
    for candidate in candidates:
        if isinstance(candidate, type) and issubclass(candidate, Variant) and isinstance(node, dict):
            return candidate.variants().get(node.get("kind", ""), candidate)
    return next((candidate for candidate in candidates if dataclasses.is_dataclass(candidate)), cls)


@cache
def _hints(cls: Any) -> dict[str, Any]:
    return get_type_hints(cls)
