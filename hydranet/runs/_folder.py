"""The folder of a run, which changes as a whole and by one writer at a time.

What is new is written into a folder of its own within it, with a manifest of digests, and becomes the run in one
rename, to `.committed`. Then each file is moved to its place. Whoever reads takes a file from `.committed` as long as
it is there, so that a writer who is killed meanwhile leaves the new run; the next one ends what it has begun.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from hydranet.errors import BusyError, HydraNetError, ModelError
from hydranet.files import (
    MARK,
    Damaged,
    atomic_folder,
    atomic_path,
    explained,
    file_digest,
    one_writer,
    read_note,
    remove_abandoned,
    sync_folder,
    write_note,
)

CONFIG, HISTORY, METRICS, MODEL, REPORT = (
    "config.yaml", "history.csv", "metrics.json", "model.keras", "report.html",
)  # fmt: skip
MANIFEST, CHECKPOINT = "manifest.json", "checkpoint.npz"
# What a manifest may have removed: a run from elsewhere must not name other files.
_REMOVABLE = (REPORT, CHECKPOINT)
_COMMITTED, _LOCK = ".committed", ".lock"
_FORMAT = 1


def find_file(folder: Path, name: str) -> Path:
    """Return where a file of a run is."""
    committed = folder / _COMMITTED / name
    return committed if committed.is_file() else folder / name


@dataclass(frozen=True)
class Contents:
    """What a run's folder held when it was opened: files and their digests.

    Args:
        folder: of the run.
        digests: by the file's name; None where there is no manifest, as in runs of version 0.1.
        damage: what is wrong with the manifest.
    """

    folder: Path
    digests: Mapping[str, str] | None = None
    damage: str = ""

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return what a run's folder holds now."""
        try:
            return cls(folder, read_note(_read_bytes(folder, MANIFEST))["files"])
        except (FileNotFoundError, NotADirectoryError):
            return cls(folder)
        except (Damaged, KeyError) as error:
            return cls(folder, {}, str(error))

    def is_current(self) -> bool:
        """Whether the folder holds the same run still."""
        now = Contents.read(self.folder)
        return (self._of_the_run(), self.damage) == (now._of_the_run(), now.damage)

    def checked(self, name: str) -> Path:
        """Return where a file is, once it is known to be what was written.

        Raises:
            ModelError: it is damaged, or the manifest is.
            BusyError: the run has been changed since it was opened.
        """
        path = find_file(self.folder, name)
        if self.digests is None:
            return path
        if self.damage:
            raise ModelError(
                f"{self.folder / MANIFEST} is damaged ({self.damage}), so the run's files can't be checked. "
                f"{self._way_out}"
            )
        try:
            is_as_written = file_digest(path) == self.digests.get(name)
        except FileNotFoundError:
            raise ModelError(f"{self.folder / name} is missing, and belongs to the run.") from None
        if is_as_written:
            return path
        self.check_is_current()
        raise ModelError(f"{self.folder / name} is damaged: it is not what was written. {self._way_out}")

    def digest(self, name: str) -> str:
        """Return the digest of a file, once it is known to be what was written; see `checked`."""
        path = self.checked(name)
        return file_digest(path) if self.digests is None else self.digests[name]

    def check_is_current(self) -> None:
        """Raise BusyError if the run has been changed since it was opened."""
        if not self.is_current():
            raise BusyError(f"{self.folder} has been changed since it was opened: open it again.")

    def damaged(self) -> list[str]:
        """Return what is wrong with the files, one line each; a report may be gone."""
        problems = []
        for name in self.digests or [MANIFEST]:
            if name == REPORT and not find_file(self.folder, name).exists():
                continue
            try:
                self.checked(name)
            except ModelError as error:
                problems.append(str(error))
        return problems

    @property
    def _way_out(self) -> str:
        return (
            "Take the folder from a copy, or train again; if it was changed on purpose, "
            f"`hydranet verify {self.folder} --accept` takes it as it is."
        )

    def _of_the_run(self) -> dict[str, str] | None:
        """Return the digests but for that of the report, which may be written again."""
        return (
            None
            if self.digests is None
            else {name: each for name, each in self.digests.items() if name != REPORT}
        )


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Be the one that changes the run in `folder`, or that makes it, within the block.

    Raises:
        BusyError: another process is; the message says which.
    """
    with one_writer(folder / _LOCK):
        try:
            _finish(folder)
        except OSError as error:
            raise explained(error, folder) from error
        yield


@contextmanager
def new_contents(folder: Path, *, removed: Sequence[str] = ()) -> Iterator[Path]:
    """Give an empty folder; the files that are written there become the run when the block ends well.

    Args:
        folder: of the run, which the caller is `changing`.
        removed: files in it that go when the new ones come, such as a checkpoint; the report always does.
    """
    with _committing(folder) as staged:
        yield staged
        digests = {path.name: file_digest(path) for path in sorted(staged.iterdir())}
        _write_manifest(staged, digests, [REPORT, *removed])


def add_report(contents: Contents, text: str) -> Path:
    """Write the report of a run, whole, as one of its files.

    Raises:
        BusyError: the run is being changed, or has been since `contents` were read.
    """
    path = contents.folder / REPORT
    with changing(contents.folder):
        contents.check_is_current()
        if contents.digests is None or contents.damage:  # then there is no manifest to note it in
            with atomic_path(path) as temporary:
                temporary.write_text(text, encoding="utf-8")
            return path
        with _committing(contents.folder) as staged:
            (staged / REPORT).write_text(text, encoding="utf-8")
            digests = {**contents.digests, REPORT: file_digest(staged / REPORT)}
            _write_manifest(staged, digests)
    return path


def accept(folder: Path) -> None:
    """Take the files of a run as they are from now on."""
    with changing(folder):
        names = [name for name in (CONFIG, HISTORY, METRICS, MODEL, REPORT) if (folder / name).is_file()]
        with _committing(folder) as staged:
            _write_manifest(staged, {name: file_digest(folder / name) for name in names})


def recover(folder: Path) -> None:
    """End what a writer that was killed has begun, unless another is at work or the folder is read-only."""
    if _has_leftovers(folder):
        with suppress(HydraNetError, OSError), one_writer(folder / _LOCK, patience=0):
            _finish(folder)


@contextmanager
def _committing(folder: Path) -> Iterator[Path]:
    with atomic_folder(folder / _COMMITTED) as staged:
        yield staged
    with suppress(OSError):  # it is the run by now; the next command ends what could not be done
        _finish(folder)


def _write_manifest(folder: Path, digests: Mapping[str, str], removed: Sequence[str] = ()) -> None:
    write_note(folder / MANIFEST, {"format": _FORMAT, "files": digests, "removed": removed})


def _finish(folder: Path) -> None:
    """Move what was committed to its place, and remove what killed writers have left."""
    committed = folder / _COMMITTED
    if committed.is_dir() and not committed.is_symlink():
        for name in _removed(committed):
            (folder / name).unlink(missing_ok=True)
        # The manifest goes last: as long as it is here, there may be something left to do.
        for path in sorted(committed.iterdir(), key=lambda path: path.name == MANIFEST):
            path.replace(folder / path.name)
        sync_folder(folder)
        committed.rmdir()
    for place in (folder, *_subfolders(folder)):
        remove_abandoned(place)
        for lock in place.glob(".*.lock"):
            with suppress(BusyError), one_writer(lock, patience=0):
                pass


def _removed(committed: Path) -> list[str]:
    try:
        removed = read_note((committed / MANIFEST).read_bytes())["removed"]
    except (FileNotFoundError, Damaged, KeyError):
        return []
    return [name for name in removed if name in _REMOVABLE]


def _has_leftovers(folder: Path) -> bool:
    try:
        names = [path.name for place in (folder, *_subfolders(folder)) for path in place.iterdir()]
    except OSError:
        return False
    return any(
        name.startswith(".") and (name in (_COMMITTED, _LOCK) or MARK in name or name.endswith(".lock"))
        for name in names
    )


def _subfolders(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return [
            Path(entry)
            for entry in entries
            if entry.is_dir(follow_symlinks=False) and entry.name != _COMMITTED
        ]


def _read_bytes(folder: Path, name: str) -> bytes:
    """Return the content of a file, which may be moved to its place meanwhile."""
    try:
        return (folder / _COMMITTED / name).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return (folder / name).read_bytes()


def is_run(folder: Path) -> bool:
    """Whether there is a model in `folder`."""
    return find_file(folder, MODEL).is_file()
