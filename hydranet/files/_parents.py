"""The folders in which something is to appear."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hydranet.files._explained import explained


@contextmanager
def parents_made(path: Path) -> Iterator[None]:
    """Make the folder that `path` is in for the block; what was made, and is empty when it ends, is removed again.

    Raises:
        HydraNetError: no right to make it, or no room.
    """
    new = [each for each in path.parents if not each.exists()]
    try:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise explained(error, path) from error
        yield
    finally:
        with suppress(OSError):  # there is something in it by now
            for each in new:
                each.rmdir()
