"""Whether a value is as its type says, annotations included."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from numbers import Integral, Real
from typing import Any

from annotated_types import Ge, Gt, Le, Lt, MinLen, Predicate

from hydranet.errors import ConfigError
from hydranet.naming import nearest_match
from hydranet.settings._bounds import NOUNS, bounds_in_words, choices_of, type_in_words
from hydranet.settings._hints import alternatives, is_mapping, item_hint, unpack
from hydranet.settings._one_of import OneOf
from hydranet.settings._short_forms import KeyIs


def check(hint: Any, value: Any, where: str) -> None:
    """Raise ConfigError unless `value` is as a type says: for arguments that are no field of a `Settings`.

    Args:
        hint: the type, such as `PositiveInt`.
        value: what should be of this type.
        where: what to call it.

    Example:
        >>> from hydranet.settings import PositiveInt
        >>> check(PositiveInt, 0, "batch_size")
        Traceback (most recent call last):
            ...
        hydranet.errors.ConfigError: batch_size must be at least 1: received 0.
    """
    if found := list(problems(hint, value, where)):
        raise ConfigError("\n  ".join(found))


def problems(hint: Any, value: Any, where: str) -> Iterator[str]:
    """Return a line for each thing in `value` that is not as the annotations of its type say.

    Args:
        hint: the type; what is none of YAML's is not looked into.
        value: what should be of this type.
        where: what to call it.

    Example:
        >>> from hydranet.settings import PositiveInt
        >>> list(problems(tuple[PositiveInt, ...], (8, 0), "hidden"))
        ['hidden.1 must be at least 1: received 0.']
    """
    members = alternatives(hint)
    if len(members) > 1:
        found = [list(problems(each, value, where)) for each in members]
        if all(found):
            nearest = [lines for each, lines in zip(members, found, strict=True) if is_of(each, value)]
            yield from (*nearest, [f"{where} must be {type_in_words(hint)}: received {value!r}."])[0]
    elif not is_of(hint, value):
        near = nearest_match(value, choices) if (choices := choices_of(hint)) else ""
        yield f"{where} must be {type_in_words(hint)}: received {value!r}.{near}"
    else:
        if not _keeps_bounds(hint, value):
            near = "".join(mark.nearest(value) for mark in unpack(hint)[1] if isinstance(mark, OneOf))
            yield f"{where} must be {bounds_in_words(hint)}: received {value!r}.{near}"
        yield from _problems_of_keys(hint, value, where)
        if (item := item_hint(hint)) is not None:
            for key, each in value.items() if isinstance(value, Mapping) else enumerate(value):
                yield from problems(item, each, f"{where}.{key}")


def _problems_of_keys(hint: Any, value: Any, where: str) -> Iterator[str]:
    for mark in unpack(hint)[1]:
        for key, each in value.items() if isinstance(mark, KeyIs) else ():
            if (received := getattr(each, mark.field, key)) != key:
                yield f"{where}.{key}.{mark.field} must be its key, {key!r}: received {received!r}."


def is_of(hint: Any, value: Any) -> bool:
    """Return whether a value is of a type, whatever its annotations and its items' types say."""
    plain, _ = unpack(hint)
    if choices := choices_of(hint):
        return value in choices
    if item_hint(hint) is not None:
        return isinstance(value, Mapping if is_mapping(hint) else list | tuple)
    if plain is int or plain is float:
        return isinstance(value, Integral if plain is int else Real) and not isinstance(value, bool)
    is_known = plain in NOUNS or (isinstance(plain, type) and dataclasses.is_dataclass(plain))
    return isinstance(value, plain) if is_known else True


# Each is asked so that not-a-number keeps none.
_KEEPS: dict[type, Callable[[Any, Any], bool]] = {
    Ge: lambda mark, value: value >= mark.ge,
    Gt: lambda mark, value: value > mark.gt,
    Le: lambda mark, value: value <= mark.le,
    Lt: lambda mark, value: value < mark.lt,
    MinLen: lambda mark, value: len(value) >= mark.min_length,
    Predicate: lambda mark, value: mark.func(value),
    OneOf: lambda mark, value: mark.keeps(value),
}


def _keeps_bounds(hint: Any, value: Any) -> bool:
    return all(_KEEPS[type(mark)](mark, value) for mark in unpack(hint)[1] if type(mark) in _KEEPS)
