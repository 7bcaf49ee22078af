"""Ranges as annotations, and the words for them; what a field may be is said once, in its type."""

import math
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen, Predicate

from hydranet.settings._hints import alternatives, is_mapping, item_hint, unpack
from hydranet.settings._one_of import OneOf

FINITE = Predicate(math.isfinite)

PositiveInt = Annotated[int, Ge(1)]
NonNegativeInt = Annotated[int, Ge(0)]
PositiveFloat = Annotated[float, Gt(0), FINITE]
NonNegativeFloat = Annotated[float, Ge(0), FINITE]
Share = Annotated[float, Ge(0), Le(1)]
PositiveShare = Annotated[float, Gt(0), Le(1)]
ShareBelowOne = Annotated[float, Ge(0), Lt(1)]

NOUNS = {bool: "true or false", int: "an integer", float: "a number", str: "a text", type(None): "nothing"}


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
    words += ["finite" for mark in marks if mark == FINITE]
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
    if choices := choices_of(hint):
        *others, last = map(repr, choices)
        return f"{', '.join(others)} or {last}" if others else last
    if item_hint(hint) is not None:
        noun = "a mapping" if is_mapping(hint) else "a list"
    else:
        noun = NOUNS.get(plain) or f"a {getattr(plain, '__name__', plain)}"
    words = bounds_in_words(hint)
    joint = " of " if words.startswith("at ") and plain in {int, float} else " "
    return f"{noun}{joint}{words}".strip()


def choices_of(hint: Any) -> tuple[Any, ...]:
    """Return the values of a `Literal`, none of another type."""
    plain, _ = unpack(hint)
    return get_args(plain) if get_origin(plain) is Literal else ()
