"""What is asked: pictures, and of each the tasks that are wanted."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, repeat

from hydranet.errors import ConfigError
from hydranet.inference._open_pictures import ExampleImages
from hydranet.naming import unknown_name

# One name, names, or such for each picture; None is all of them.
Tasks = str | Sequence[str] | Sequence[str | Sequence[str] | None]
# An example's pictures, and the names of the tasks wanted; None for all.
Question = tuple[ExampleImages, Sequence[str] | None]

_END = object()


def questions(
    examples: Iterable[ExampleImages], tasks: Tasks | None, *, known: Collection[str]
) -> Iterator[Question]:
    """Return each example with the tasks wanted of it.

    Args:
        examples: the pictures of each.
        tasks: of all of them, or of each.
        known: names of the tasks that there are.

    Raises:
        ConfigError: an unknown task, or, as the pictures are gone through, not as many lists of tasks as pictures.
    """
    return _paired(examples, _wanted(tasks, known))


def _wanted(tasks: Tasks | None, known: Collection[str]) -> Iterator[Sequence[str] | None]:
    """Return the tasks wanted of each picture."""
    if tasks is None:
        return repeat(None)
    of_each = [
        (each,) if isinstance(each, str) else each for each in ([tasks] if isinstance(tasks, str) else tasks)
    ]
    for name in chain.from_iterable(each or () for each in of_each):
        if name not in known:
            raise ConfigError(unknown_name("task", name, known))
    if isinstance(tasks, str) or all(isinstance(each, str) for each in tasks):
        return repeat(tuple(chain.from_iterable(each or () for each in of_each)))
    return iter(of_each)


def _paired(examples: Iterable[ExampleImages], wanted: Iterator[Sequence[str] | None]) -> Iterator[Question]:
    for image in examples:
        if (names := next(wanted, _END)) is _END:
            raise ConfigError("There are more pictures than lists of tasks: give one list for each.")
        yield image, names  # type: ignore[misc]
    if not isinstance(wanted, repeat) and next(wanted, _END) is not _END:
        raise ConfigError("There are fewer pictures than lists of tasks: give one list for each.")
