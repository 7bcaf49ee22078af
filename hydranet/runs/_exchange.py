"""Take a head out of a run as a file, and into another run that has the same layers below it."""

import os
from pathlib import Path

from hydranet.errors import ConfigError
from hydranet.runs._edit import add_head, check_is_new
from hydranet.runs._folder import changing
from hydranet.runs._head_file import SUFFIX, HeadFile, placed
from hydranet.runs._keras_head import head_from_file, head_to_file
from hydranet.runs._run import Run
from hydranet.runs._verify import probe_head


def export_head(run: Run, task: str, path: str | os.PathLike[str]) -> Path:
    """Write one head of a run as a file of a few kilobytes; the run stays as it is.

    Args:
        run: trained.
        task: whose head.
        path: a file's name ending in `.head`, or a folder.

    Returns:
        The path of the file.

    Raises:
        ConfigError: there is no such task, or the name does not end in `.head`.

    Example:
        >>> import tempfile
        >>> from hydranet import Run
        >>> export_head(Run("runs/quickstart"), "cats_dogs", tempfile.mkdtemp()).name
        'cats_dogs.head'
    """
    path = Path(path)
    if path.is_dir():
        path = path / f"{task}{SUFFIX}"
    if path.suffix != SUFFIX:
        raise ConfigError(f"A head is written to a file whose name ends in {SUFFIX}: received {path}.")
    head_to_file(run.model, task).write(path)
    return path


def import_head(run: Run, path: str | os.PathLike[str]) -> Run:
    """Take a head into a run that has the same layers below it as the run that it comes from; others stay as they are.

    Args:
        run: is written anew.
        path: a file that `export_head` has written.

    Raises:
        BusyError: another process is changing the run.
        ConfigError: the run has a task of this name already, or no task that its gate names.
        ModelError: the file is damaged, the head was trained on other layers, or gives numbers that are not finite.

    Example:
        >>> import tempfile
        >>> from hydranet import Run, export_head, remove_task
        >>> run = Run("runs/quickstart")
        >>> path = export_head(run, "cats_dogs", tempfile.mkdtemp())
        >>> list(import_head(remove_task(run, "cats_dogs"), path).model.tasks)
        ['horse_human', 'dog_breeds', 'cats_dogs']
    """
    file = HeadFile.read(path)
    name = file.task.name
    with changing(run.folder):
        run = run.current()
        check_is_new(run, name)
        task, place = placed(file, run.model.fingerprints())
        extended = run.model.with_task(task, head_from_file(file), tail_group=place.group)
        if file.record is not None:
            extended.set_record(name, file.record)
        probe_head(extended, name)
        return add_head(run, extended, task)
