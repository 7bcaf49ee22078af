"""Nested dicts → dataclasses: every error at once, with its path, what was received and what was expected."""

import dataclasses
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from hydranet.naming import nearest_match
from hydranet.settings._bounds import bounds_in_words
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
_YAML_WORDS = {"an object": "a mapping", "a valid array": "a list"}


class _Unexpected(NamedTuple):
    """A value that is not what one of the types at its place expects."""

    where: str
    received: str
    expected: str


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

    text = json.dumps([_with_text_keys(raw)], default=str)
    try:
        # JSON mode: strict about numbers and texts, and yet a list is good for a tuple.
        adapter = _adapter(cls, _variants_below(Variant))  # type: ignore[arg-type]
        return adapter.validate_json(text)[0]  # type: ignore[no-any-return]
    except ValidationError as invalid:
        [read] = json.loads(text)
        found = [
            _render(cls, read, path, {**error, "loc": error["loc"][1:]})
            for error in invalid.errors(include_url=False)
            if not (error["type"] == "too_short" and error["input"])  # of which the items are named
        ]
        errors += _in_lines(found)
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


def _in_lines(found: Sequence[str | _Unexpected]) -> list[str]:
    """Return a line for each error; what several types expect of one value is one error."""
    expected: dict[str | tuple[str, str], list[str]] = {}
    for each in found:
        if isinstance(each, str):
            expected[each] = []
        else:
            expected.setdefault(each[:2], []).append(each.expected)
    return [
        key if isinstance(key, str) else f"{key[0]}: received {key[1]}, expected {' or '.join(words)}."
        for key, words in expected.items()
    ]


def _render(cls: type, raw: Any, path: tuple[str, ...], error: Any) -> str | _Unexpected:
    keys = _keys_in(raw, error["loc"], missing=error["type"] in _MISSING)
    where = ".".join([*path, *map(str, keys)]) or "config"
    if error["type"] in {"unexpected_keyword_argument", "extra_forbidden"}:
        known = _known_keys(cls, keys[:-1], raw)
        return (
            f"{where}: unknown key.{nearest_match(str(keys[-1]), known)} Known: {', '.join(sorted(known))}."
        )
    if error["type"] in _MISSING:
        return f"{where}: is missing."
    if error["type"] == "value_error":
        problem = str(error["ctx"]["error"])
        return problem if problem.startswith(f"{where}.") else f"{where}: {problem}"
    hint, _ = hint_at(cls, keys, raw)
    if error["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        kinds = class_for(hint, error["input"]).variants()
        kind = error["input"].get("kind")
        expected = f"expected one of {', '.join(kinds)}.{nearest_match(kind, kinds)}"
        return f"{where}.kind: {'is missing' if kind is None else f'received {kind!r}'}, {expected}"
    return _Unexpected(where, json.dumps(error["input"], default=str), _expected(error, hint))


def _expected(error: Any, hint: Any) -> str:
    if error["type"] in _OUTSIDE:
        bounded = next((each for each in alternatives(hint) if bounds_in_words(each)), hint)
        return bounds_in_words(bounded)
    expected = error["msg"].removeprefix("Input should be ").removeprefix("Input must be ")
    return _YAML_WORDS.get(expected, expected)


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
