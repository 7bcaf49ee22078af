"""Digests of files, and JSON that carries its own: what is read is what was written, or it is known to be damaged."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_DIGEST = "sha256_of_the_rest"


class Damaged(ValueError):  # noqa: N818  what it says of a file, for those who read it
    """A file is not as it was written."""


def file_digest(path: Path) -> str:
    """Return the SHA-256 digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_note(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON with its digest.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "note.json"
        >>> write_note(path, {"engine": "litert"})
        >>> read_note(path.read_bytes())
        {'engine': 'litert'}
    """
    text = json.dumps({**content, _DIGEST: _digest(content)}, indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def read_note(text: bytes) -> dict[str, Any]:
    """Return what `write_note` wrote.

    Raises:
        Damaged: it is not what was written.
    """
    try:
        content: dict[str, Any] = json.loads(text)
        digest = content.pop(_DIGEST)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged(f"{error}") from error
    if digest != _digest(content):
        raise Damaged("its digest differs from the one that was noted")
    return content


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
