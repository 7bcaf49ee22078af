"""Families of dataclasses that a config tells apart by their `kind`: tasks, heads, sources."""

import inspect
from abc import ABC
from typing import Any, Self


class Variant(ABC):  # noqa: B024  its children have abstract methods
    """Base of such a family.

    An abstract member stands for all concrete ones below it, in configs as in type annotations, so a new kind
    is known as soon as its class is defined.
    """

    @classmethod
    def variants(cls) -> dict[str, type[Self]]:
        """Return the concrete classes of the family by their kind."""
        found: dict[str, type[Self]] = {}
        for child in cls.__subclasses__():
            if not inspect.isabstract(child) and (kind := getattr(child, "kind", None)):
                found[kind] = child
            found.update(child.variants())
        return found

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        if not inspect.isabstract(cls):
            return handler(source)
        choices = {kind: handler.generate_schema(variant) for kind, variant in cls.variants().items()}
        return core_schema.tagged_union_schema(choices, discriminator="kind")
