"""What TensorBoard reads: the rows of a training's history, written as they come."""

import shutil
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hydranet.errors import ConfigError

# Takes rows as `history.csv` has them.
Log = Callable[[Iterable[Mapping[str, Any]]], None]


def no_log(rows: Iterable[Mapping[str, Any]]) -> None:
    """Log nothing."""


class EventLog:
    """Event files in which each phase is a run of TensorBoard's, and each task's losses and metrics are its tags.

    A training that goes on from a checkpoint brings the rows from before again, so the log always starts anew and ends
    with every row once.

    Args:
        folder: for the event files; what it holds is removed.

    Raises:
        ConfigError: TensorBoard, whose file format this is, is not installed.

    https://www.tensorflow.org/tensorboard/get_started
    """

    def __init__(self, folder: Path) -> None:
        if find_spec("tensorboard") is None:
            raise ConfigError("TensorBoard is not installed: pip install 'hydranet[tensorboard]'.")
        shutil.rmtree(folder, ignore_errors=True)
        self._folder = folder
        self._writers: dict[str, Any] = {}
        self._written: set[tuple[Any, ...]] = set()

    def __call__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write the rows that have not been written yet; a penalty's step is its place among those tried."""
        num_penalties: dict[str, int] = {}
        for row in rows:
            place = num_penalties.setdefault(row["task"], 0)
            num_penalties[row["task"]] += "l2" in row
            step = row.get("epoch", place)
            key = (row["phase"], row["task"], step)
            if key not in self._written:
                self._written.add(key)
                self._write(row, step)
        for writer in self._writers.values():
            writer.flush()

    def _write(self, row: Mapping[str, Any], step: int) -> None:
        import tensorflow as tf

        run = f"phase_{row['phase']}" if row["phase"] else "heads"
        if run not in self._writers:
            self._writers[run] = tf.summary.create_file_writer(str(self._folder / run))
        with self._writers[run].as_default():
            for name, value in row.items():
                if name not in {"phase", "task", "epoch"} and value is not None:
                    tf.summary.scalar(f"{row['task']}/{name}", value, step=step)
