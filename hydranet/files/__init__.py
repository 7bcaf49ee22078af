"""How everything that hydranet writes is written: whole or not at all, by one writer at a time, and never read damaged.

A file or folder is made beside its name and moved into place. What a writer that was killed has left is removed by the
next one. A note is JSON that says whether it is as it was written.

Example:
    >>> import tempfile
    >>> from pathlib import Path
    >>> folder = Path(tempfile.mkdtemp())
    >>> with one_writer(folder / ".lock"), atomic_path(folder / "metrics.json") as temporary:
    ...     _ = temporary.write_text("{}")
    >>> [path.name for path in folder.iterdir()]
    ['metrics.json']
"""

from hydranet.files._atomic import atomic_folder, atomic_path, sync, sync_all, sync_folder
from hydranet.files._explained import explained, no_room
from hydranet.files._lock import is_busy, one_writer
from hydranet.files._note import Damaged, file_digest, read_note, write_note
from hydranet.files._temporary import MARK, remove_abandoned

__all__ = [
    "MARK",
    "Damaged",
    "atomic_folder",
    "atomic_path",
    "explained",
    "file_digest",
    "is_busy",
    "no_room",
    "one_writer",
    "read_note",
    "remove_abandoned",
    "sync",
    "sync_all",
    "sync_folder",
    "write_note",
]
