"""The picture files below a folder, and what else is there."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from hydranet.data._formats import FORMATS, PACKAGES, format_of

IMAGE_SUFFIXES = {suffix for each in FORMATS for suffix in each.suffixes}

# As many bytes as tell every format.
_FIRST_BYTES = 64
_MOST_SUFFIXES = 8


# By folder, while `listing_once` lasts.
_listed: ContextVar["dict[Path, Listing] | None"] = ContextVar("_listed", default=None)


@dataclass(frozen=True)
class Listing:
    """What a folder holds.

    Args:
        folder: that is listed.
        pictures: the picture files anywhere below it, folder by folder, by name.
        deeper: those of them in folders within the folder.
        left_out: how many other files there are, by suffix.
    """

    folder: Path
    pictures: list[Path] = field(default_factory=list)
    deeper: list[Path] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


@contextmanager
def listing_once() -> Iterator[None]:
    """List each folder once for all that ask for it meanwhile, in which no file may come or go."""
    outer = _listed.get()
    token = _listed.set({} if outer is None else outer)
    try:
        yield
    finally:
        _listed.reset(token)


def list_pictures(folder: Path) -> Listing:
    """Return the picture files anywhere below `folder`: by their suffix, or where they have none by their first bytes.

    Hidden files and folders are left out and not counted. No file is read but the beginning of those without a suffix.
    """
    listed = _listed.get()
    if listed is None:
        return _list(folder)
    if folder not in listed:
        listed[folder] = _list(folder)
    return listed[folder]


def _list(folder: Path) -> Listing:
    pictures_in: dict[Path, list[Path]] = {}
    left_out, seen = Counter[str](), set[str]()
    for root, folders, names in os.walk(folder, followlinks=True):
        seen.add(os.path.realpath(root))
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and os.path.realpath(Path(root, name)) not in seen
        ]
        here = Path(root)
        pictures_in[here] = []
        for path in (here / name for name in sorted(names) if not name.startswith(".")):
            suffix = path.suffix.lower()
            is_suffix = suffix != "" and not suffix[1:].isdigit()  # of image.001, the number is none
            if suffix in IMAGE_SUFFIXES or (not is_suffix and _begins_as_picture(path)):
                pictures_in[here].append(path)
            else:
                left_out[suffix] += 1
    direct = pictures_in.pop(folder, [])
    deeper = [path for here in sorted(pictures_in) for path in pictures_in[here]]
    return Listing(folder, direct + deeper, deeper, left_out)


def left_out_text(left_out: Mapping[str, int]) -> str:
    """Return which files are left out, by suffix, the most frequent first.

    Example:
        >>> left_out_text({".txt": 2, "": 1})
        '3 files left out: 2 .txt, 1 without a suffix'
    """
    ordered = sorted(left_out.items(), key=lambda item: (-item[1], item[0]))
    listed = [f"{count} {suffix or 'without a suffix'}" for suffix, count in ordered[:_MOST_SUFFIXES]]
    total = sum(left_out.values())
    more = [f"{len(ordered) - _MOST_SUFFIXES} more suffixes"] if len(ordered) > _MOST_SUFFIXES else []
    advice = [f"{suffix} needs {package}" for suffix, package in PACKAGES.items() if left_out.get(suffix)]
    return f"{total} {'file' if total == 1 else 'files'} left out: {', '.join(listed + more)}" + (
        f" ({'; '.join(advice)})" if advice else ""
    )


def _begins_as_picture(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return format_of(file.read(_FIRST_BYTES)) is not None
    except OSError:
        return False
