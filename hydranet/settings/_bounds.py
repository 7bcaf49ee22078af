"""Ranges as annotations, and the words for them; what a field may be is said once, in its type."""

import dataclasses
import math
from collections.abc import Iterator, Mapping
from numbers import Integral, Real
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen, Predicate

from hydranet.naming import nearest_match
from hydranet.settings._hints import alternatives, is_mapping, item_hint, unpack
from hydranet.settings._one_of import OneOf
from hydranet.settings._short_forms import KeyIs

_FINITE = Predicate(math.isfinite)

PositiveInt = Annotated[int, Ge(1)]
NonNegativeInt = Annotated[int, Ge(0)]
PositiveFloat = Annotated[float, Gt(0), _FINITE]
NonNegativeFloat = Annotated[float, Ge(0), _FINITE]
Share = Annotated[float, Ge(0), Le(1)]
PositiveShare = Annotated[float, Gt(0), Le(1)]
ShareBelowOne = Annotated[float, Ge(0), Lt(1)]

_NOUNS = {bool: "true or false", int: "an integer", float: "a number", str: "a text", type(None): "nothing"}


def bounds_in_words(hint: Any) -> str:
    """Return what the annotations of a type ask for.

    Example:
        >>> bounds_in_words(ShareBelowOne), bounds_in_words(PositiveFloat), bounds_in_words(float)
        ('in [0, 1)', 'above 0 and finite', '')
    """
    _, marks = unpack(hint)
    low = next((mark for mark in marks if isinstance(mark, Ge | Gt)), None)
    high = next((mark for mark in marks if isinstance(mark, Le | Lt)), None)
    words = []
    if low and high:
        left = f"[{low.ge}" if isinstance(low, Ge) else f"({low.gt}"
        right = f"{high.le}]" if isinstance(high, Le) else f"{high.lt})"
        words.append(f"in {left}, {right}")
    elif low:
        words.append(f"at least {low.ge}" if isinstance(low, Ge) else f"above {low.gt}")
    elif high:
        words.append(f"at most {high.le}" if isinstance(high, Le) else f"below {high.lt}")
    words += ["finite" for mark in marks if mark == _FINITE]
    words += [f"at least {mark.min_length} long" for mark in marks if isinstance(mark, MinLen)]
    words += [mark.in_words for mark in marks if isinstance(mark, OneOf)]
    return " and ".join(words)


def type_in_words(hint: Any) -> str:
    """Return what a type accepts.

    Example:
        >>> type_in_words(PositiveShare | None), type_in_words(Literal["oak", "pine"])
        ('a number in (0, 1]', "'oak' or 'pine'")
    """
    members = [each for each in alternatives(hint) if each is not type(None)]
    if len(members) > 1:
        return " or ".join(map(type_in_words, members))
    [hint] = members or [hint]
    plain, _ = unpack(hint)
    if choices := _choices(hint):
        *others, last = map(repr, choices)
        return f"{', '.join(others)} or {last}" if others else last
    if item_hint(hint) is not None:
        noun = "a mapping" if is_mapping(hint) else "a list"
    else:
        noun = _NOUNS.get(plain) or f"a {getattr(plain, '__name__', plain)}"
    words = bounds_in_words(hint)
    joint = " of " if words.startswith("at ") and plain in {int, float} else " "
    return f"{noun}{joint}{words}".strip()


def problems(hint: Any, value: Any, where: str) -> Iterator[str]:
    """Return a line for each thing in `value` that is not as the annotations of its type say.

    Args:
        hint: the type; what is none of YAML's is not looked into.
        value: what should be of this type.
        where: what to call it.

    Example:
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
        near = nearest_match(value, choices) if (choices := _choices(hint)) else ""
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


def _choices(hint: Any) -> tuple[Any, ...]:
    plain, _ = unpack(hint)
    return get_args(plain) if get_origin(plain) is Literal else ()


def is_of(hint: Any, value: Any) -> bool:
    """Return whether a value is of a type, whatever its annotations and its items' types say."""
    plain, _ = unpack(hint)
    if choices := _choices(hint):
        return value in choices
    if item_hint(hint) is not None:
        return isinstance(value, Mapping if is_mapping(hint) else list | tuple)
    if plain is int or plain is float:
        return isinstance(value, Integral if plain is int else Real) and not isinstance(value, bool)
    is_known = plain in _NOUNS or (isinstance(plain, type) and dataclasses.is_dataclass(plain))
    return isinstance(value, plain) if is_known else True


def _keeps_bounds(hint: Any, value: Any) -> bool:
    # Each is asked so that not-a-number keeps none.
    checks = {
        Ge: lambda mark: value >= mark.ge,
        Gt: lambda mark: value > mark.gt,
        Le: lambda mark: value <= mark.le,
        Lt: lambda mark: value < mark.lt,
        MinLen: lambda mark: len(value) >= mark.min_length,
        Predicate: lambda mark: mark.func(value),
        OneOf: lambda mark: mark.keeps(value),
    }
    return all(checks[type(mark)](mark) for mark in unpack(hint)[1] if type(mark) in checks)
