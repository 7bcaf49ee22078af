"""Nested dicts → dataclasses: every error at once, with its path, what was received and what was expected."""

import json
from functools import lru_cache
from typing import Any, TypeVar

from hydranet.settings._expand import expand
from hydranet.settings._explain import explain
from hydranet.settings._variants import Variant

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
        ["head.hiden: unknown key. Did you mean 'hidden'? Known: batch_norm, dropout, feature, hidden, kind."]
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
            for line in explain(cls, read, path, {**error, "loc": error["loc"][1:]})
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
