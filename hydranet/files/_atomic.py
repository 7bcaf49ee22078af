"""Files and folders appear whole or not at all: they are written beside their name and moved into place."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hydranet.files._exchange import recover_folder, replace_folder
from hydranet.files._explained import explained
from hydranet.files._parents import parents_made
from hydranet.files._temporary import temporary_file, temporary_folder

_log = logging.getLogger(__name__)


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside `path`; what was written there replaces `path` when the block ends well.

    A crash, a full disk or Ctrl-C inside the block leaves a previous file as it was and no partial one.
    The temporary name keeps the suffix of `path`, because Keras chooses the format by it.

    Raises:
        HydraNetError: no room on the disk, no right to write there, or a file where a folder is needed.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "metrics.json"
        >>> with atomic_path(target) as temporary:
        ...     _ = temporary.write_text("{}")
        >>> target.read_text()
        '{}'
    """
    path = Path(path)
    with _appearing(path), temporary_file(path) as temporary:
        yield temporary
        sync(temporary)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)


@contextmanager
def atomic_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary folder beside `path`, which takes its place, with all that is in it, when the block ends well.

    Raises:
        HydraNetError: no room on the disk, no right to write there, or a file where a folder is needed.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "exported"
        >>> with atomic_folder(target) as temporary:
        ...     _ = (temporary / "model.json").write_text("{}")
        >>> [file.name for file in target.iterdir()]
        ['model.json']
    """
    path = Path(path)
    with _appearing(path):
        recover_folder(path)
        with temporary_folder(path) as temporary:
            yield temporary
            sync_all(temporary)
            temporary.chmod(0o777 & ~_umask())
            replace_folder(temporary, path)


@contextmanager
def _appearing(path: Path) -> Iterator[None]:
    """Make the folder that `path` appears in within the block, sync it afterwards, and explain errors."""
    try:
        with parents_made(path):
            yield
    except Exception as error:  # libraries in C have their own errors for a full disk
        if (said := explained(error, path)) is error:
            raise
        raise said from error
    try:
        sync_folder(path.parent)
    except OSError as error:  # it has taken its place by now
        _log.warning("%s is written, but is not known to survive a power failure: %s.", path, error.strerror)


def sync_all(folder: Path) -> None:
    """Wait until all that is in a folder is on the disk."""
    for path in (*folder.rglob("*"), folder):
        if path.is_dir():
            sync_folder(path)
        else:
            sync(path)


def sync(path: Path) -> None:
    """Wait until a file is on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system can."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
