"""What the classes of a pretrained classifier are called, by a file."""

import json
from pathlib import Path

from hydranet.errors import ModelError


def read_class_names(path: Path) -> tuple[str, ...]:
    """Return class names in the order of the outputs.

    Args:
        path: of a text with one name a line, or of JSON: a list of names, or a mapping from each index to a name, or
            to a list that ends with it, as Keras's `imagenet_class_index.json`.

    Raises:
        ModelError: the file is missing, or not like that.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"The class names in {path} can't be read: {error}.") from error
    try:
        names = _from_json(json.loads(text)) if path.suffix == ".json" else _lines(text)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise ModelError(
            f"{path} is no list of class names ({error}): expected one name a line; or as JSON a list, or "
            '{"0": name, "1": name, …}.'
        ) from error
    return with_numbers(names)


def with_numbers(names: list[str]) -> tuple[str, ...]:
    """Return names, each that stands twice with its index behind it: ImageNet has two kinds of `crane`."""
    return tuple(f"{name}_{index}" if names.count(name) > 1 else name for index, name in enumerate(names))


def _lines(text: str) -> list[str]:
    names = [line.strip() for line in text.rstrip().splitlines()]
    if not names or not all(names):
        raise ValueError("it is empty" if not names else f"line {names.index('') + 1} is empty")
    return names


def _from_json(content: object) -> list[str]:
    if isinstance(content, dict):
        content = [content[str(index)] for index in range(len(content))]
    if not isinstance(content, list):
        raise TypeError(f"it holds a {type(content).__name__}")
    names = [each[-1] if isinstance(each, list) else each for each in content]
    if not names or not all(isinstance(name, str) and name for name in names):
        raise ValueError("it has names that are no texts, or none")
    return names
