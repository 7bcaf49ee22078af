"""YAML in and out; it knows no field."""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from hydranet.errors import ConfigError


def read_yaml(path: Path) -> Any:
    """Return what a YAML file holds: nested dicts and lists; nothing in it is executed.

    Raises:
        ConfigError: it can't be read, is no YAML, has a key twice, contains itself, is nested too deeply, or unfolds to
            far more than it says.
    """
    from ruamel.yaml.constructor import DuplicateKeyError
    from ruamel.yaml.error import YAMLError

    from hydranet.settings._bounded_yaml import load

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise ConfigError(f"The config {path} can't be read: {reason}.") from error
    try:
        return load(text)
    except DuplicateKeyError as error:
        problem = str(error.problem).split(" with value")[0]
        raise ConfigError(
            f"{path}, line {error.problem_mark.line + 1}: {problem}: every key, and so every task, "
            "may stand only once."
        ) from error
    except (YAMLError, ValueError) as error:  # a number of too many digits, a day that no month has
        raise ConfigError(f"{path} is not valid YAML: {error}") from error


def write_yaml(config: Mapping[str, Any]) -> str:
    """Return nested dicts and lists of JSON types as YAML, in their order.

    Example:
        >>> write_yaml({"b": [1], "a": None})
        'b:\\n- 1\\na: null\\n'
    """
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.width = 10_000
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    stream = StringIO()
    yaml.dump(config, stream)
    return stream.getvalue()


def parse_yaml_value(text: str) -> Any:
    """Return the value that `text` has as YAML: a number, true, a list, or the text itself.

    Example:
        >>> parse_yaml_value("0.5"), parse_yaml_value("mlp")
        (0.5, 'mlp')
    """
    from ruamel.yaml.error import YAMLError

    from hydranet.settings._bounded_yaml import load

    try:
        return load(text)
    except (YAMLError, ValueError):
        return text


def set_value(raw: dict[str, Any], key: str, value: Any) -> None:
    """Set the value under a dotted path in what YAML gives; a list takes positions.

    Raises:
        ConfigError: a list has no such position.

    Example:
        >>> raw = {"phases": [{"epochs": 2}]}
        >>> set_value(raw, "phases.0.epochs", 5)
        >>> set_value(raw, "backbone.image_size", 160)
        >>> raw
        {'phases': [{'epochs': 5}], 'backbone': {'image_size': 160}}
    """
    *parents, last = key.split(".")
    node: Any = raw
    for parent in parents:
        place = _place(node, parent, key)
        if isinstance(node, dict) and not isinstance(node.get(parent), dict | list):
            node[parent] = {}
        node = node[place]
    node[_place(node, last, key)] = value


def _place(node: Any, step: str, key: str) -> str | int:
    if not isinstance(node, list):
        return step
    if not (step.isdigit() and int(step) < len(node)):
        raise ConfigError(
            f"{key}: received {step!r}, expected a position in the list, from 0 to {len(node) - 1}."
        )
    return int(step)
