"""Short forms → long forms, relative paths → absolute ones, and back to what need not be written."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hydranet.settings._hints import alternatives, field_hints, is_mapping, item_hint, unpack
from hydranet.settings._paths import PathMark
from hydranet.settings._settings import Settings
from hydranet.settings._short_forms import KeyIs, OneOrSeveral
from hydranet.settings._walk import class_for


def expand(hint: Any, raw: Any, *, base_dir: Path | None = None) -> Any:
    """Return what `raw` stands for, in its long form; what is wrong in it stays as it is, for `validate` to name.

    Args:
        hint: the type: a `Settings`, or one of its fields.
        raw: nested dicts and lists of JSON types.
        base_dir: the folder that relative paths start from; paths stay as they are where it is not given.

    Example:
        >>> from hydranet.fine_tuning import FineTuning
        >>> expand(FineTuning, {"balancing": "pcgrad"})
        {'balancing': {'kind': 'pcgrad'}}
    """
    for each in alternatives(hint):
        raw = _expand_one(each, raw, base_dir)
    return raw


def _expand_one(hint: Any, raw: Any, base_dir: Path | None) -> Any:
    plain, marks = unpack(hint)
    for mark in marks:
        if isinstance(mark, PathMark) and isinstance(raw, str) and base_dir is not None:
            return mark.locate(raw, base_dir)
        if isinstance(mark, OneOrSeveral) and not isinstance(raw, list | tuple):
            raw = [raw]
        if isinstance(mark, KeyIs) and isinstance(raw, Mapping):
            raw = {
                key: {mark.field: key, **value} if isinstance(value, Mapping) else value
                for key, value in raw.items()
            }
    if (item := item_hint(hint)) is not None:
        if is_mapping(hint) and isinstance(raw, Mapping):
            return {key: expand(item, value, base_dir=base_dir) for key, value in raw.items()}
        if not is_mapping(hint) and isinstance(raw, list | tuple):
            return [expand(item, value, base_dir=base_dir) for value in raw]
    elif isinstance(plain, type) and issubclass(plain, Settings):
        return _expand_fields(plain, raw, base_dir)
    return raw


def _expand_fields(cls: type[Settings], raw: Any, base_dir: Path | None) -> Any:
    raw = cls.long_form(raw)
    concrete = class_for(cls, raw)
    if not (isinstance(raw, Mapping) and dataclasses.is_dataclass(concrete)):
        return raw
    hints = field_hints(concrete)  # type: ignore[arg-type]
    return {
        key: expand(hints[key], value, base_dir=base_dir) if key in hints else value
        for key, value in raw.items()
    }


def to_config(settings: Settings) -> dict[str, Any]:
    """Return the fields of `settings` as nested dicts and lists of JSON types, which `validate` takes back.

    Example:
        >>> from hydranet.balancing import GradNorm
        >>> to_config(GradNorm(alpha=0.5))
        {'alpha': 0.5, 'learning_rate': 0.025, 'kind': 'gradnorm'}
    """
    config: dict[str, Any] = {}
    for name, hint in field_hints(type(settings)).items():  # type: ignore[arg-type]
        value = _to_json(getattr(settings, name))
        for mark in unpack(hint)[1]:
            if isinstance(mark, KeyIs):
                value = {key: _without(each, mark.field) for key, each in value.items()}
        config[name] = value
    return config


def _to_json(value: Any) -> Any:
    if isinstance(value, Settings):
        return to_config(value)
    if isinstance(value, Mapping):
        return {str(key): _to_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_to_json(each) for each in value]
    return json.loads(json.dumps(value))


def _without(settings: Mapping[str, Any], field: str) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key != field}
