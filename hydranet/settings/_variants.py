"""Families of dataclasses that a config tells apart by their `kind`: tasks, heads, sources."""

import inspect
from abc import ABC
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

from hydranet.errors import ConfigError
from hydranet.settings._settings import Settings


class Variant(Settings, ABC):
    """Base of such a family.

    An abstract member stands for all concrete ones below it, in configs as in type annotations, so a new kind
    is known as soon as its class is defined. A class below a concrete one needs a `kind` of its own to be one.
    """

    # The kind of a mapping that names none; None where every mapping has to.
    default_kind: ClassVar[str | None] = None

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Return `value` with its kind: a text alone is one; see `Settings.long_form`."""
        if isinstance(value, str):
            return {"kind": value}
        if cls.default_kind and isinstance(value, Mapping):
            return {"kind": cls.default_kind, **value}
        return value

    @classmethod
    def variants(cls) -> dict[str, type[Self]]:
        """Return the concrete classes of the family by their kind.

        Raises:
            ConfigError: two classes have the same kind.
        """
        found: dict[str, type[Self]] = {}
        for child in cls.__subclasses__():
            own = {} if inspect.isabstract(child) else {vars(child).get("kind"): child}
            for kind, variant in [*own.items(), *child.variants().items()]:
                if not kind:
                    continue
                other = found.setdefault(kind, variant)
                if _origin(other) != _origin(variant):
                    raise ConfigError(
                        f"Two classes have the kind {kind!r}: {_origin(other)} and {_origin(variant)}. "
                        "Give one of them another kind."
                    )
                found[kind] = variant  # of one class defined twice, as in a notebook, the later
        return found

    @classmethod
    def overrides(cls, names: Iterable[str], *, below: str) -> bool:
        """Tell whether this class has a member of `names` from further down than the member `below`."""

        def depth(name: str) -> int:
            return next(depth for depth, base in enumerate(cls.__mro__) if name in vars(base))

        return any(depth(name) < depth(below) for name in names)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        if not inspect.isabstract(cls):
            return handler(source)
        choices = {kind: handler.generate_schema(variant) for kind, variant in cls.variants().items()}
        return core_schema.tagged_union_schema(choices, discriminator="kind")


def _origin(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"
