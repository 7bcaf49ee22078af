"""What a kill at any moment would leave on the disk.

A SIGKILL loses what a process holds in its own buffers, and nothing that it has handed to the system. So what can be
read in a folder at each moment when something is about to be opened for writing, moved, removed, made or synced is what
a kill at that moment leaves. Where a file is about to be synced, a kill a little earlier would have left half of it.
"""

import os
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

BOUNDARIES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.chmod"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
active = None


class CrashStates:
    """The different states of a folder at the boundaries of what is done within `recording`.

    Attributes:
        states: content by path within the folder, None for a folder; in the order in which they came about.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.states = []
        self.num_boundaries = 0
        self._known = set()
        self._thread = threading.get_ident()

    def at_boundary(self, half_written=None):
        if threading.get_ident() != self._thread:
            return
        self.num_boundaries += 1
        state = read_tree(self.folder)
        self._add(state)
        if state.get(half_written):
            for length in (0, len(state[half_written]) // 2):
                self._add({**state, half_written: state[half_written][:length]})

    def _add(self, state):
        key = hash(frozenset(state.items()))
        if key not in self._known:
            self._known.add(key)
            self.states.append(state)


def read_tree(folder):
    """Return the content of every file in a folder, by its path there, and None for every folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def write_tree(state, folder):
    """Write what `read_tree` has read."""
    folder.mkdir(parents=True)
    for name, content in state.items():
        if content is None:
            (folder / name).mkdir(exist_ok=True)
        else:
            (folder / name).write_bytes(content)
    return folder


@contextmanager
def recording(folder):
    """Give the states of `folder` at each boundary in the block, and after it."""
    global active
    states, sync = CrashStates(folder), os.fsync

    def fsync(handle):
        note(half_written=path_of(handle, states.folder))
        sync(handle)

    active, os.fsync = states, fsync
    try:
        yield states
    finally:
        active, os.fsync = None, sync
        states.at_boundary()


def note(half_written=None):
    global active
    states, active = active, None  # looking is no boundary
    try:
        if states is not None:
            states.at_boundary(half_written)
    finally:
        active = states


def path_of(handle, folder):
    """Return the path of an open file within a folder, where the system tells."""
    try:
        return str(Path(f"/proc/self/fd/{handle}").readlink().relative_to(folder.resolve()))
    except (OSError, ValueError):
        return None


def watch(event, arguments):
    if active is None:
        return
    is_writing = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING
    if event in BOUNDARIES or is_writing:
        note()


sys.addaudithook(watch)
