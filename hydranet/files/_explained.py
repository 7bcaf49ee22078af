"""Errors of the disk, as errors that say what was to be written and what the user can do."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

from hydranet.errors import HydraNetError
from hydranet.files._temporary import MARK

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# What the user can do something about. None: NumPy reports a full disk without a number.
_EXPECTED = {
    *(*_NO_ROOM, None),
    *(errno.EACCES, errno.EPERM, errno.EROFS),
    *(errno.EEXIST, errno.ENOTDIR, errno.EISDIR),
}


def explained(error: Exception, path: Path) -> Exception:
    """Return an error of the disk as one that says what the user can do, if there is something.

    Args:
        error: any; one that is none of the disk is returned as it is.
        path: what was to be written.
    """
    if isinstance(error, HydraNetError):
        return error
    if isinstance(error, OSError) and error.errno in _EXPECTED:
        reason = error.strerror or str(error)
    elif (found := no_room(error)) is not None:
        reason = found
    else:
        return error
    return HydraNetError(
        f"Could not write {_named(path)}: {reason}. What was there before is unchanged. "
        "Free some space or choose another folder."
    )


def no_room(error: BaseException) -> str | None:
    """Return what the system says if an error, or one that it came from, is that there is no room on the disk.

    Libraries in C and C++ raise errors of their own with the system's words in them.
    """
    for each in _causes(error):
        if isinstance(each, OSError) and each.errno in _NO_ROOM:
            return os.strerror(each.errno)
        for number in _NO_ROOM:
            if os.strerror(number) in str(each):
                return os.strerror(number)
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _named(path: Path) -> Path:
    """Return the path as the user knows it: that of the run, say, for a file that is on its way into it."""
    for each in reversed((path, *path.parents)):
        if MARK in each.name:
            return each.parent
    return path.parent if path.name.startswith(".") else path
