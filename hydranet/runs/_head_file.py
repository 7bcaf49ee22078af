"""One head alone, as a file of a few kilobytes that any run with the same layers below can take in."""

import dataclasses
import io
import json
import math
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from hydranet.backbones import Place
from hydranet.errors import HydraNetError, ModelError
from hydranet.files import atomic_path
from hydranet.heads import DenseHead, UsualFeatures, build_dense_head
from hydranet.runs._usual import usual_of
from hydranet.tasks import Task, task_from_config, task_to_config

SUFFIX = ".head"
# Against archives that unpack to more than they seem: what any file may, and how many times its own size.
_ALWAYS_ALLOWED = 2**25
_MOST_TIMES = 16
# Of the header: each opens a list or separates two values, which take many times the room of their text.
_MOST_TOKENS = 2**22
_LONGEST_REASON = 500
_FORMAT = 1
_HEADER = "head.json"


@dataclass(frozen=True, eq=False)
class HeadFile:
    """A trained head with its task, and what it must stand on.

    Args:
        task: without its data.
        fingerprint: of the layers under the head.
        feature_shape: of one picture's features.
        weights: in the order in which Keras has them.
        layers: what NumPy computes with them; None for a head that only Keras can run.
        record: what `verify` compares the head with, and what its training pictures have in common, if it was noted.

    Example:
        >>> import tempfile
        >>> from hydranet import Run
        >>> from hydranet.runs._keras_head import head_to_file
        >>> path = Path(tempfile.mkdtemp()) / "cats_dogs.head"
        >>> head_to_file(Run("runs/quickstart").model, "cats_dogs").write(path)
        >>> HeadFile.read(path).task.classes
        ('cat', 'dog')
    """

    task: Task
    fingerprint: str
    feature_shape: tuple[int, ...]
    weights: tuple[np.ndarray, ...]
    layers: Sequence[Mapping[str, Any]] | None = None
    record: Mapping[str, Any] | None = None

    def dense(self) -> DenseHead | None:
        """Return the head as NumPy runs it, or None.

        Raises:
            ModelError: its parts do not fit together.
        """
        if self.layers is None:
            return None
        try:
            head = build_dense_head(self.layers, self.weights)
            self._check(head)
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise ModelError(f"The head {self.task.name!r} is damaged: {error}.") from error
        return head

    @cached_property
    def usual(self) -> UsualFeatures | None:
        """What the features of its training pictures have in common; None where that is not known.

        Raises:
            ModelError: it is damaged.
        """
        return usual_of(self.record, self.task.name, self.feature_shape[-1])

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the file, whole or not at all."""
        header = {
            "format": _FORMAT,
            "task": task_to_config(self.task),
            "fingerprint": self.fingerprint,
            "feature_shape": self.feature_shape,
            "layers": self.layers,
            "record": self.record,
        }
        with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(_HEADER, json.dumps(header))
            for number, weight in enumerate(self.weights):
                with archive.open(f"{number}.npy", "w") as file:
                    np.lib.format.write_array(file, np.asarray(weight), allow_pickle=False)

    @classmethod
    def read(cls, source: str | os.PathLike[str] | bytes) -> Self:
        """Read a head that `write` wrote, from a path or from the file's bytes; executes no code from it.

        Raises:
            ModelError: it is missing, damaged or something else.
        """
        name = "the head file" if isinstance(source, bytes) else str(source)
        try:
            with zipfile.ZipFile(
                io.BytesIO(source) if isinstance(source, bytes) else Path(source)
            ) as archive:
                size = len(source) if isinstance(source, bytes) else Path(source).stat().st_size
                return cls._read(archive, _ALWAYS_ALLOWED + _MOST_TIMES * size)
        except FileNotFoundError as error:
            raise ModelError(f"There is no head file {name}.") from error
        except HydraNetError as error:
            raise ModelError(f"{name} can't be used: {_brief(error)}") from error
        # Damaged archives, JSON and arrays fail in many ways.
        except Exception as error:
            raise ModelError(
                f"{name} is damaged or not a head file that `hydranet export-head` has written: {_brief(error)}."
            ) from error

    @classmethod
    def _read(cls, archive: zipfile.ZipFile, allowed: int) -> Self:
        size = sum(info.file_size for info in archive.infolist())
        if size > allowed:
            raise ModelError(f"it unpacks to {size:,} bytes: expected at most {allowed:,}.")
        header = _read_header(archive.read(_HEADER))
        if header["format"] != _FORMAT:
            raise ModelError(f"its format is {header['format']!r}: expected {_FORMAT}.")
        numbers = range(len(archive.namelist()) - 1)
        weights = [_read_array(archive.read(f"{number}.npy")) for number in numbers]
        if not all(np.isfinite(weight).all() for weight in weights):
            raise ModelError("it has weights that are not finite.")
        file = cls(
            task=task_from_config(
                {**header["task"], "data": None}
            ),  # paths of another machine are not ours to open
            fingerprint=str(header["fingerprint"]),
            feature_shape=tuple(map(int, header["feature_shape"])),
            weights=tuple(weights),
            layers=header["layers"],
            record=header["record"],
        )
        _ = file.usual  # raises where it is damaged
        return file

    def _check(self, head: DenseHead) -> None:
        """Raise ValueError unless each layer fits the one before it, the features and the task."""
        if (len(self.feature_shape) == 1) != (head.reduction == "none"):
            raise ValueError(f"reduction {head.reduction!r} for features of shape {self.feature_shape}")
        size = math.prod(self.feature_shape) if head.reduction == "flatten" else self.feature_shape[-1]
        for layer in head.layers:
            if layer.kernel.ndim != 2 or layer.kernel.shape[1] != size:
                raise ValueError(f"a kernel of shape {layer.kernel.shape} for {size} inputs")
            size = len(layer.kernel)
            if {part.shape for part in layer[1:]} != {(size,)}:
                raise ValueError(f"a bias or scale that is not of shape {(size,)}")
        if size != self.task.num_outputs:
            raise ValueError(f"{size} outputs for a task of {self.task.num_outputs}")


def _brief(error: Exception) -> str:
    """Return what is wrong; a file of megabytes can be quoted in it."""
    return str(error)[:_LONGEST_REASON]


def _read_header(text: bytes) -> dict[str, Any]:
    num_tokens = sum(map(text.count, (b",", b"[", b"{")))
    if num_tokens > _MOST_TOKENS:
        raise ModelError(f"its header has {num_tokens:,} values or more: expected at most {_MOST_TOKENS:,}.")
    header: dict[str, Any] = json.loads(text)
    return header


def _read_array(content: bytes) -> np.ndarray:
    """Return an array whose file is as large as it declares."""
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    read_header = (
        np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    )
    shape, _, dtype = read_header(file)
    if not dtype.hasobject and math.prod(shape) * dtype.itemsize != len(content) - file.tell():
        raise ModelError(
            f"an array of shape {shape} and type {dtype} has {len(content) - file.tell():,} bytes."
        )
    file.seek(0)
    array: np.ndarray = np.lib.format.read_array(file, allow_pickle=False)
    return array


def placed(file: HeadFile, fingerprints: Mapping[Place, str]) -> tuple[Task, Place]:
    """Return where a head can stand, and its task, whose head names the feature that it reads there.

    Args:
        file: the head.
        fingerprints: of the layers under a head, by place.

    Raises:
        ModelError: there is no place for it.
    """
    for place, fingerprint in fingerprints.items():
        if fingerprint == file.fingerprint:
            head = dataclasses.replace(file.task.head, feature=place.feature)
            return dataclasses.replace(file.task, head=head), place
    raise ModelError(
        f"The head {file.task.name!r} was trained on other layers ({file.fingerprint}) than this model has "
        f"({', '.join(fingerprints.values())}): its answers would be wrong. Train it on this run with `hydranet add`."
    )
