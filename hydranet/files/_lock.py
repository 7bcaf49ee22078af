"""One writer at a time: a lock that says who holds it, and that ends with its process however that ends."""

import json
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from hydranet.errors import BusyError
from hydranet.files._explained import explained
from hydranet.files._parents import parents_made

# Seconds that the second writer waits, in case the first is about to end.
_PATIENCE = 5.0
_MOST_CHARACTERS = 200


@contextmanager
def one_writer(path: Path, *, patience: float = _PATIENCE) -> Iterator[None]:
    """Hold the lock `path` within the block; nothing is left of it afterwards.

    Args:
        path: of the lock's file; its folder is made.
        patience: seconds to wait for another writer.

    Raises:
        BusyError: another writer holds it; the message says who.
        HydraNetError: no right to write there, or no room.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / ".lock"
        >>> with one_writer(path):
        ...     is_busy(path)
        True
        >>> path.exists()
        False
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path, on_acquired=_sign)
    with parents_made(path):
        try:
            lock.acquire(timeout=patience)
        except Timeout as error:
            raise BusyError(
                f"{_what(path)} is being changed by {_holder(path)}: wait until that is done, and try again."
            ) from error
        except OSError as error:
            raise explained(error, path) from error
        try:
            yield
        finally:
            # While it is held: who has waited for this file sees that it is gone, and makes another.
            with suppress(OSError):
                path.unlink(missing_ok=True)
            lock.release()


def is_busy(path: Path) -> bool:
    """Whether a writer holds the lock `path` just now."""
    from filelock import FileLock

    if not path.exists():
        return False
    lock = FileLock(path)
    try:
        with lock.acquire(timeout=0):
            return False
    except OSError:  # a timeout is one
        return True


def _sign(handle: int) -> None:
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:_MOST_CHARACTERS]
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    holder = {"pid": os.getpid(), "host": platform.node(), "command": command, "since": since}
    with suppress(OSError):  # it is held all the same where there is no room to say so
        os.ftruncate(handle, 0)
        os.write(handle, json.dumps(holder).encode())


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return "process {pid} on {host} ({command}) since {since}".format_map(holder)
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
    ):  # it is just being written, or can't be read while it is held
        return "another process"


def _what(path: Path) -> Path:
    """Return what the lock is of: the folder that it lies in, or what is called like it beside it."""
    return path.parent if path.name == ".lock" else path.with_name(path.stem.removeprefix("."))
