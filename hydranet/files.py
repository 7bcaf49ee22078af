"""Files appear whole or not at all: they are written beside their name and moved into place."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hydranet.errors import HydraNetError

# What the user can do something about. None: NumPy reports a full disk without a number.
_EXPECTED = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, None),
    *(errno.EACCES, errno.EPERM, errno.EROFS),
    *(errno.EEXIST, errno.ENOTDIR, errno.EISDIR),
}


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
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        _sync(temporary)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise _explained(error, path) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


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
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
        yield temporary
        for file in temporary.rglob("*"):
            if file.is_file():
                _sync(file)
        temporary.chmod(0o777 & ~_umask())
        replaced = temporary.with_name(f"{temporary.name}-replaced")
        if path.exists():
            path.rename(replaced)
        temporary.rename(path)
        shutil.rmtree(replaced, ignore_errors=True)
    except OSError as error:
        raise _explained(error, path) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def _explained(error: OSError, path: Path) -> Exception:
    if error.errno not in _EXPECTED:
        return error
    return HydraNetError(
        f"Could not write {path}: {error.strerror or error}. What was there before is unchanged. "
        "Free some space or choose another folder."
    )


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
