"""Put a folder in the place of another: at once where the system can, and so that nothing is lost elsewhere."""

import os
import shutil
import sys
from pathlib import Path

# Of Linux: `renameat2(2)`.
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def replace_folder(new: Path, path: Path) -> None:
    """Move the folder `new` to `path`; what was there is removed."""
    if not path.exists():
        new.rename(path)
    elif _exchange(new, path):
        shutil.rmtree(new, ignore_errors=True)
    else:
        aside = _aside(path)
        path.rename(aside)
        new.rename(path)
        shutil.rmtree(aside, ignore_errors=True)


def recover_folder(path: Path) -> None:
    """Put back what a writer that was killed within `replace_folder` has moved aside, or remove it if it did more."""
    aside = _aside(path)
    if aside.exists() and not path.exists():
        aside.rename(path)
    elif aside.exists():
        shutil.rmtree(aside, ignore_errors=True)


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}-replaced")


def _exchange(first: Path, second: Path) -> bool:
    """Let two folders change places; False where the system or the file system can't."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    names = os.fsencode(first), os.fsencode(second)
    return rename is not None and rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0
