"""What a type is made of: annotations, the members of a union, the values of a mapping or list, fields."""

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints


@cache
def field_hints(cls: Any) -> dict[str, Any]:
    """Return the type of each field of a dataclass, with its annotations."""
    hints = get_type_hints(cls, include_extras=True)
    return {each.name: hints[each.name] for each in dataclasses.fields(cls)}


@cache
def unpack(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return a type without its annotations, and the annotations."""
    if get_origin(hint) is Annotated:
        plain, *marks = get_args(hint)
        return plain, tuple(marks)
    return hint, ()


@cache
def alternatives(hint: Any) -> tuple[Any, ...]:
    """Return the members of a union, or the one type that `hint` is."""
    plain, _ = unpack(hint)
    return get_args(plain) if get_origin(plain) in {Union, UnionType} else (hint,)


@cache
def is_mapping(hint: Any) -> bool:
    """Return whether a type is one of mappings."""
    origin = get_origin(unpack(hint)[0])
    return isinstance(origin, type) and issubclass(origin, Mapping)


@cache
def item_hint(hint: Any) -> Any:
    """Return the type of the values of a mapping or list, or None if `hint` is neither."""
    plain, _ = unpack(hint)
    origin, arguments = get_origin(plain), get_args(plain)
    if not (isinstance(origin, type) and arguments):
        return None
    if is_mapping(hint):
        return arguments[1]
    return arguments[0] if issubclass(origin, Sequence) else None
