"""Temporary files and folders that tell whether their writer still lives, so that those of dead ones can be removed.

A writer holds a lock on what it writes, which ends with its process however that ends. Where there are no such locks
(Windows) nothing is removed by name alone.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

MARK = "-writing-"
"""What the names of temporary files and folders have in them, after a dot and the name of what is written."""


@contextmanager
def temporary_file(path: Path) -> Iterator[Path]:
    """Give an empty file beside `path`, with its suffix; what is still there when the block ends is removed."""
    remove_abandoned(path.parent, f".{escape(path.stem)}{MARK}*{escape(path.suffix)}")
    while True:
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}{MARK}", suffix=path.suffix, dir=path.parent)
        if _is_held(handle, Path(name)):
            break
        os.close(handle)
    if fcntl is None:
        os.close(handle)  # what is open can't be moved there
    try:
        yield Path(name)
    finally:
        with suppress(OSError):
            Path(name).unlink(missing_ok=True)
        if fcntl is not None:
            os.close(handle)


@contextmanager
def temporary_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder beside `path`; what is still there when the block ends is removed."""
    remove_abandoned(path.parent, f".{escape(path.name)}{MARK}*")
    while True:
        name = Path(tempfile.mkdtemp(prefix=f".{path.name}{MARK}", dir=path.parent))
        handle = os.open(name, os.O_RDONLY) if fcntl is not None else None
        if handle is None or _is_held(handle, name):
            break
        os.close(handle)
    try:
        yield name
    finally:
        shutil.rmtree(name, ignore_errors=True)
        if handle is not None:
            os.close(handle)


def remove_abandoned(folder: Path, pattern: str = f".*{MARK}*") -> None:
    """Remove the temporary files and folders in `folder` whose writers have died, and no others."""
    for path in folder.glob(pattern):
        with suppress(OSError):
            _remove_if_free(path)


def _remove_if_free(path: Path) -> None:
    if fcntl is None:
        return
    is_folder = path.is_dir()
    handle = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if is_folder:
            shutil.rmtree(path)
        else:
            path.unlink()
    finally:
        os.close(handle)


def _is_held(handle: int, path: Path) -> bool:
    """Lock what was just made; False if another process has taken it for abandoned and removed it before."""
    if fcntl is not None:
        with suppress(
            OSError
        ):  # a file system without locks: others can't lock it either, and leave it alone
            fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
