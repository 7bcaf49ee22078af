"""What stands where below a type: the way along keys and positions, through dataclasses and families."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from hydranet.settings._hints import alternatives, field_hints, item_hint, unpack
from hydranet.settings._variants import Variant


def class_for(hint: Any, node: Any) -> Any:
    """Return the dataclass, or the kind of a family, that the mapping `node` describes; None if there is none."""
    for each in alternatives(hint):
        plain, _ = unpack(each)
        if not isinstance(plain, type):
            continue
        if issubclass(plain, Variant) and isinstance(node, Mapping):
            return plain.variants().get(str(node.get("kind")), plain)
        if dataclasses.is_dataclass(plain):
            return plain
    return None


def child_hint(hint: Any, key: str | int, node: Any) -> Any:
    """Return the type of what stands under `key` of `node`, which is as `hint` says; None if that is unknown."""
    for each in alternatives(hint):
        item = item_hint(each)
        if item is not None and isinstance(node, list | tuple | Mapping) and not isinstance(node, str):
            return item
    cls = class_for(hint, node)
    return field_hints(cls).get(str(key)) if dataclasses.is_dataclass(cls) else None  # type: ignore[arg-type]


def hint_at(hint: Any, keys: Sequence[str | int], node: Any) -> tuple[Any, Any]:
    """Return the type of what stands at `keys` below `node`, and its value, None where it is not there."""
    for key in keys:
        hint = child_hint(hint, key, node)
        try:
            node = node[key]
        except (KeyError, IndexError, TypeError):
            node = None
    return hint, node
