"""Nested dicts → dataclasses: every error at once, with its path, what was received and what was expected."""

import dataclasses
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeVar

from hydranet.naming import nearest_match
from hydranet.settings._bounds import bounds_in_words, type_in_words
from hydranet.settings._check import is_of
from hydranet.settings._expand import expand
from hydranet.settings._hints import alternatives
from hydranet.settings._variants import Variant
from hydranet.settings._walk import class_for, hint_at

T = TypeVar("T")

# No unknown field and no conversion, in nested dataclasses too.
_STRICT: Any = {"extra": "forbid", "strict": True}

# Pydantic's types of error for a value outside its range.
_OUTSIDE = {
    *("greater_than", "greater_than_equal", "less_than", "less_than_equal"),
    *("predicate_failed", "too_short"),
}
_MISSING = {"missing", "missing_argument", "missing_keyword_only_argument"}


def validate(cls: type[T], raw: Any, errors: list[str], *, path: tuple[str, ...] = ()) -> T | None:
    """Return `raw` as an instance of `cls`, or None and a line in `errors` for each thing that is wrong.

    Args:
        cls: a dataclass, or an abstract `Variant`.
        raw: nested dicts and lists of JSON types.
        errors: gets the lines.
        path: where `raw` stands in the config.

    Example:
        >>> from hydranet.heads._heads import Head
        >>> errors = []
        >>> validate(Head, {"kind": "mlp", "hiden": [8]}, errors, path=("head",))
        >>> errors
        ["head.hiden: unknown key. Did you mean 'hidden'? Known: batch_norm, dropout, hidden, kind."]
    """
    from pydantic import ValidationError

    text = json.dumps([_with_text_keys(expand(cls, raw))], default=str)
    try:
        # JSON mode: strict about numbers and texts, and yet a list is good for a tuple.
        adapter = _adapter(cls, _variants_below(Variant))  # type: ignore[arg-type]
        return adapter.validate_json(text)[0]  # type: ignore[no-any-return]
    except ValidationError as invalid:
        [read] = json.loads(text)
        lines = [
            line
            for error in invalid.errors(include_url=False)
            for line in _render(cls, read, path, {**error, "loc": error["loc"][1:]})
        ]
        errors += dict.fromkeys(lines)  # several types that refuse one value say the same
    return None


@lru_cache(maxsize=16)
def _adapter(cls: Any, variants: tuple[type, ...]) -> Any:
    """Return what validates a list of one `cls`; made anew once there are other `variants` for it to know."""
    from pydantic import TypeAdapter

    # In a list, because pydantic takes no config for a dataclass that is not its own but passes one down.
    return TypeAdapter(list[cls], config=_STRICT)


def _variants_below(cls: type[Variant]) -> tuple[type, ...]:
    return tuple(each for child in cls.__subclasses__() for each in (child, *_variants_below(child)))


def _with_text_keys(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _with_text_keys(value) for key, value in node.items()}
    return [_with_text_keys(value) for value in node] if isinstance(node, list | tuple) else node


def _render(cls: type, raw: Any, path: tuple[str, ...], error: Any) -> list[str]:
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
