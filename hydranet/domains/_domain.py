"""Another domain as data: where its pictures are, and how heads are adapted to it."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Self

from hydranet.data import Dataset, Example, PictureFile, Source, hash_examples, list_pictures, nearest_file
from hydranet.domains._adaptation import Adaptation
from hydranet.domains._denoising import Denoising
from hydranet.errors import ConfigError, DataError
from hydranet.naming import unknown_name
from hydranet.settings import OneOrSeveral, PathText, Settings
from hydranet.tasks import Task

# Mean and variance of fewer say nothing.
_FEWEST = 2


@dataclass(frozen=True, kw_only=True)
class Domain(Settings):
    """Pictures of another domain than the labelled ones, such as another camera, which the heads are for.

    Args:
        data: a folder with pictures, of which no label is known; some hundreds, of what all tasks are asked about.
        labelled: a few labelled pictures of the domain, by task name. They train nothing: a head is adapted only if it
            is no worse on them. Without, it is adapted, and whether that helps can't be known.
        method: how; or several, of which each task takes what is best on its labelled pictures.

    Example:
        >>> domain = Domain(data="pictures/new_camera")
        >>> domain.method
        (Denoising(corruption=0.5),)
    """

    data: PathText
    labelled: dict[str, Source] = field(default_factory=dict)
    method: Annotated[tuple[Adaptation, ...], OneOrSeveral()] = (Denoising(),)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.method:
            raise ConfigError("domain.method: received none, expected at least one.")

    def check(self, tasks: Mapping[str, Task]) -> None:
        """Raise ConfigError unless labelled pictures are of these tasks, and tell which of several methods to take."""
        for name in self.labelled:
            if name not in tasks:
                raise ConfigError(f"domain.labelled: {unknown_name('task', name, tasks)}")
        lacking = [name for name, task in tasks.items() if task.head.is_trained and name not in self.labelled]
        if len(self.method) > 1 and lacking:
            kinds = ", ".join(method.kind for method in self.method)
            raise ConfigError(
                f"domain.method: received {kinds}, and which serves {lacking[0]!r} best can't be known without "
                f"`labelled` pictures: give some, as in `labelled: {{{lacking[0]}: FOLDER}}`, or one method."
            )

    def of(self, tasks: Container[str]) -> Self:
        """Return the same with labelled pictures of these tasks only."""
        labelled = {name: source for name, source in self.labelled.items() if name in tasks}
        return replace(self, labelled=labelled)

    def examples(self, tasks: Mapping[str, Task]) -> tuple[list[Example], dict[str, list[Example]]]:
        """Return the unlabelled pictures, and the labelled ones by task name; none is read.

        Args:
            tasks: by name; labelled pictures of others are left out.

        Raises:
            DataError: there are none.
        """
        folder = Path(self.data).expanduser()
        if not folder.is_dir():
            raise DataError(
                f"domain.data: {folder} is not a folder: expected one with pictures.{nearest_file(folder)}"
            )
        found = list_pictures(folder).pictures
        if len(found) < _FEWEST:
            raise DataError(
                f"domain.data: {folder} has {len(found)} picture(s): expected at least {_FEWEST}, and some hundreds "
                "for heads to gain by them."
            )
        labelled = {name: _list_all(name, source) for name, source in self.labelled.items() if name in tasks}
        return [Example(PictureFile(path), None) for path in found], labelled

    def load(self, tasks: Mapping[str, Task], *, skip_bad_images: bool = False) -> "DomainPictures":
        """List and hash the pictures, all of which are read; see `examples`.

        Args:
            tasks: by name; labelled pictures of others are left out.
            skip_bad_images: let pictures that can't be read be found by whoever decodes them, instead of stopping.
        """
        unlabelled, labelled = self.examples(tasks)
        return DomainPictures(
            hash_examples(unlabelled, (), skip_bad_images=skip_bad_images),
            {
                name: hash_examples(examples, (), skip_bad_images=skip_bad_images)
                for name, examples in labelled.items()
            },
        )


@dataclass(frozen=True)
class DomainPictures:
    """The pictures of a domain.

    Args:
        unlabelled: without labels.
        labelled: by task name.
    """

    unlabelled: Dataset
    labelled: Mapping[str, Dataset]

    def mapped(self, change: Callable[[Dataset], Dataset]) -> "DomainPictures":
        """Return the same with each dataset changed."""
        labelled = {name: change(dataset) for name, dataset in self.labelled.items()}
        return DomainPictures(change(self.unlabelled), labelled)

    def by_name(self) -> dict[str, Dataset]:
        """Return all of them, each under a name of its own."""
        return {"": self.unlabelled, **self.labelled}


def _list_all(name: str, source: Source) -> list[Example]:
    """Return the labelled pictures of a task, whatever splits they are in."""
    try:
        examples = [example for split in source.load().values() for example in split]
    except DataError as error:
        raise DataError(f"domain.labelled.{name}: {error}") from error
    if not examples:
        raise DataError(f"domain.labelled.{name}: there are no pictures.")
    return examples
