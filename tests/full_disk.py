"""A disk that is full from a moment on.

Python says what it is about to open for writing, make or move, and each of these may fail. What is written into files
that are open already, by libraries in C too, is refused by the limit on the size of files, which the system holds.
"""

import errno
import os
import resource
import sys
from pathlib import Path

TAKES_ROOM = {"os.rename", "os.mkdir"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
disk = None


class FullDisk:
    """A disk that is full at one of the boundaries of what is done within `with`.

    Args:
        folder: below which there are boundaries: a file is opened for writing, moved or synced, or a folder is made.
        number: of boundaries that are passed before.
        stays: whether everything else that takes room fails from then on too, anywhere on the machine.

    Attributes:
        was_full: whether there were so many boundaries.
    """

    def __init__(self, folder, number, *, stays=False):
        self.folder, self.number, self.stays = str(Path(folder).resolve()), number, stays
        self.was_full = False

    def __enter__(self):
        global disk
        self._limits, self._sync = resource.getrlimit(resource.RLIMIT_FSIZE), os.fsync
        disk, os.fsync = self, self._fsync
        return self

    def __exit__(self, *_):
        global disk
        disk, os.fsync = None, self._sync
        resource.setrlimit(resource.RLIMIT_FSIZE, self._limits)

    def take(self, path):
        """Come to a boundary, if the path is below the folder."""
        if not (
            isinstance(path, str | os.PathLike) and os.path.abspath(path).startswith(self.folder)  # noqa: PTH100
        ):
            return
        self.number -= 1
        if self.number >= 0 or (self.was_full and not self.stays):
            return
        self.was_full = True
        if self.stays:
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, self._limits[1]))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), os.fspath(path))

    def _fsync(self, handle):
        self.take(os.readlink(f"/proc/self/fd/{handle}"))  # noqa: PTH115
        self._sync(handle)


def watch(event, arguments):
    if disk is not None and (
        event in TAKES_ROOM or (event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING)
    ):
        disk.take(arguments[0])


sys.addaudithook(watch)
