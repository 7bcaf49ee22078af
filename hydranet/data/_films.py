"""Folders of frames, and videos, in a folder for each class."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from hydranet.data._absent import AbsentPicture
from hydranet.data._folder import split_folders
from hydranet.data._frames import check_film_shape, is_film, read_film
from hydranet.data._pictures import nearest_file
from hydranet.data._source import UNSPLIT, Example, Source, flat_pictures
from hydranet.errors import ConfigError, DataError
from hydranet.naming import listed
from hydranet.settings import PathText, PositiveInt


@dataclass(frozen=True)
class Films(Source):
    """A folder of class folders, of which each film is an example: a folder of frames, or a video file.

    `PATH/CLASS/FILM/*.jpg` or `PATH/CLASS/FILM.mp4`; with several cameras `PATH/CLASS/FILM/CAMERA/*.jpg` or
    `PATH/CLASS/FILM/CAMERA.mp4`. Before CLASS there may be `train`, `validation` and `test`. Frames are taken from all
    over a film; a video needs the extra `video`.

    Args:
        path: the folder.
        shape: `[steps]`, or `[steps, cameras]`.

    Example:
        >>> Films("films", shape=(16,)).example_shape
        (16,)
    """

    path: PathText
    shape: tuple[PositiveInt, ...] = field(kw_only=True)
    kind: Literal["films"] = field(default="films", kw_only=True, repr=False)
    is_local: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if problem := check_film_shape(self.shape):
            raise ConfigError(problem)

    @property
    def example_shape(self) -> tuple[int, ...]:
        """How the pictures of an example are arranged; see `Source.example_shape`."""
        return self.shape

    def load(self) -> dict[str, list[Example]]:
        """Return the examples, ordered by class and name; see `Source.load`."""
        root = Path(self.path).expanduser()
        if not root.is_dir():
            raise DataError(f"{root} is not a folder: expected PATH/CLASS/FILM.{nearest_file(root)}")
        splits = split_folders(root, is_certain=True) or {UNSPLIT: root}
        examples = {
            split: [Example(read_film(film, self.shape), film.parent.name) for film in _films(folder)]
            for split, folder in splits.items()
        }
        if empty := [split for split, found in examples.items() if not found]:
            raise DataError(
                f"{root} has no films ({listed(empty)}): expected {root}/CLASS/FILM/*.jpg or CLASS/FILM.mp4."
            )
        return examples

    def notes(self) -> list[str]:
        """Say how many films are shorter than an example; see `Source.notes`."""
        examples = [example for examples in self.load().values() for example in examples]
        pictures = [flat_pictures(example.pictures, self.shape) for example in examples]
        short = sum(any(isinstance(picture, AbsentPicture) for picture in each) for each in pictures)
        if not short:
            return []
        return [f"{self.path}: {short} of {len(examples)} films have fewer frames than {self.shape[0]}."]


def _films(folder: Path) -> Iterator[Path]:
    for classes in sorted(child for child in folder.iterdir() if child.is_dir() and child.name[0] != "."):
        yield from sorted(film for film in classes.iterdir() if film.name[0] != "." and is_film(film))
