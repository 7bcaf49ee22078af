"""What a source of labelled pictures is.

A source lists its pictures without reading them: `load()` is quick, and the pixels come later, when a
picture's features are not stored yet. A source knows no task; labels stay as they were found.
"""

import dataclasses
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from hydranet.data._array_file import ARRAY_SUFFIXES
from hydranet.data._pictures import Picture
from hydranet.errors import ConfigError, DataError
from hydranet.settings import Variant

# The key of a source that does not say which split its pictures belong to.
UNSPLIT = "all"
# The kind of source that a path alone stands for, and by the suffix of a file that is another.
_KIND_OF_A_PATH = "folder"
_KINDS_BY_SUFFIX = dict.fromkeys(ARRAY_SUFFIXES, "arrays")
# What examples are made of.
PICTURES, ARRAYS = "pictures", "arrays"

# One picture, or as many as `Source.example_shape` says, nested as it says.
Pictures = Picture | Sequence["Pictures"]


@dataclass(frozen=True, slots=True)
class Example:
    """What a head answers one question about, and the answer.

    Args:
        pictures: a picture; or several, in nested sequences of the source's `example_shape`.
        label: as the source has it: a class name, a number as text, several classes, a map over the picture. What
            it means is up to the task.
    """

    pictures: Pictures
    label: Any


@dataclass(frozen=True)
class Source(Variant):
    """Lists labelled examples.

    A kind of one's own is a frozen dataclass below this one with a `kind` and `load`. It is known as soon as it is
    defined; `hydranet.testing.check_source` tests it.
    """

    # Whether `load` only lists files of this machine: then a config that names the source is checked with its labels.
    is_local: ClassVar[bool] = False
    # What its examples are made of: `pictures`, or `arrays` of features that somebody has computed.
    gives: ClassVar[str] = PICTURES

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Return the source that a path alone stands for; see `Settings.long_form`."""
        return (
            {"kind": _kind_at(value), "path": value} if isinstance(value, str) else super().long_form(value)
        )

    @property
    def example_shape(self) -> tuple[int, ...]:
        """How the pictures of one example are arranged: `()` for a single one, such as `(cameras,)` for several."""
        return ()

    @abstractmethod
    def load(self) -> dict[str, list[Example]]:
        """Return the examples of each split: `train`, `validation`, `test`, or only `all` where none is given.

        Raises:
            DataError: nothing is there, or it is not laid out as expected.
        """

    def notes(self) -> list[str]:
        """Return what is to be said of what `load` gives, such as files that are not used; nothing by default.

        Each is a sentence. A training says them, and notes them in `metrics.json` and in the report.
        """
        return []


def check_example_shape(task: str, source: Source, expected: tuple[int, ...]) -> None:
    """Raise ConfigError if a source's examples are not of the shape that a model was made for."""
    if source.example_shape != expected:
        raise ConfigError(
            f"The data of {task!r} have examples of shape {source.example_shape}: expected {expected}, as this model "
            "was made for."
        )


def check_gives(task: str, source: Source, expected: str) -> None:
    """Raise ConfigError if a source gives pictures where arrays of features are read, or the reverse."""
    if source.gives != expected:
        raise ConfigError(
            f"The data of {task!r} are {source.gives}, and this backbone reads {expected}: arrays of features come "
            "from `data: {kind: arrays, path: …}` and need `backbone: {kind: arrays, shape: …}`; a network that reads "
            "pictures is a backbone of another kind."
        )


def source_at(path: str, *, like: Source | None = None) -> Source:
    """Return the source that a path alone stands for, as in `data: PATH` and `--data TASK=PATH`.

    That is a folder of pictures; or of a file of arrays, by its suffix, its rows.

    Args:
        path: of a folder or file.
        like: a source whose other settings hold for this path too, if it is of that kind.

    Example:
        >>> source_at("pictures/shoes")
        Folder(path='pictures/shoes')
    """
    kind: Any = Source.variants()[_kind_at(path)]
    source: Source = dataclasses.replace(like, path=path) if isinstance(like, kind) else kind(path)
    return source


def _kind_at(path: str) -> str:
    return _KINDS_BY_SUFFIX.get(Path(path).suffix, _KIND_OF_A_PATH)


def flat_pictures(pictures: Pictures, example_shape: tuple[int, ...]) -> list[Picture]:
    """Return the pictures of an example one after the other, once they are arranged as its source says."""
    if not example_shape:
        return [pictures]  # type: ignore[list-item]
    if not isinstance(pictures, Sequence | np.ndarray) or len(pictures) != example_shape[0]:
        received = len(pictures) if isinstance(pictures, Sequence | np.ndarray) else "one picture"
        raise DataError(
            f"An example is not of the shape that its source gives: received {received}, expected "
            f"{example_shape[0]} of shape {example_shape[1:]}."
        )
    return [picture for part in pictures for picture in flat_pictures(part, example_shape[1:])]
