"""`check_source`: what every source must do, for the tests of people who write one."""

import dataclasses
import math
from itertools import chain

import numpy as np

from hydranet.data import (
    ARRAYS,
    PICTURES,
    SPLITS,
    UNSPLIT,
    AbsentPicture,
    ArrayRow,
    Dataset,
    Example,
    Reader,
    Source,
    Wanted,
    hash_examples,
)
from hydranet.errors import HydraNetError
from hydranet.settings import to_config, validate
from hydranet.testing._expect import expect

_IMAGE_SIZE = (24, 32)
_MOST_EXAMPLES = 8


def check_source(source: Source) -> None:
    """Check that `source` keeps the contract of `hydranet.data.Source`, so that it works wherever sources do.

    Use it in a test of your own kind of source. Its examples are listed twice, and a few pictures of each split are
    read.

    Args:
        source: with some examples.

    Raises:
        AssertionError: it breaks the contract; the message says how.

    Example:
        >>> from hydranet import Drawings
        >>> check_source(Drawings("cats_dogs", 4, 2))
    """
    try:
        _check_is_data(source)
        _check_shape(source)
        splits = source.load()
        _check_splits(splits)
        _check_the_same_again(source, splits)
        _check_notes(source)
        for split, examples in splits.items():
            few = hash_examples(examples[:_MOST_EXAMPLES], source.example_shape)
            _check_pictures(split, few) if source.gives == PICTURES else _check_arrays(split, few)
    except HydraNetError as error:
        raise AssertionError(f"{source}: {error}") from error


def _check_is_data(source: Source) -> None:
    advice = "decorate its class with @dataclass(frozen=True), and leave __eq__ to that."
    expect(source == dataclasses.replace(source), f"{source} differs from its copy: {advice}")
    errors: list[str] = []
    copy = validate(Source, to_config(source), errors)  # type: ignore[type-abstract]
    advice = "keep all state in fields of JSON types, and give each class a `kind` of its own."
    expect(copy == source, f"its config gives {copy or errors}, expected {source}: {advice}")
    expect(source.gives in {PICTURES, ARRAYS}, f"gives is {source.gives!r}, expected {PICTURES} or {ARRAYS}.")
    expect(isinstance(source.is_local, bool), f"is_local is {source.is_local!r}, expected True or False.")


def _check_shape(source: Source) -> None:
    shape = source.example_shape
    valid = isinstance(shape, tuple) and all(isinstance(each, int) and each > 0 for each in shape)
    expect(valid, f"example_shape is {shape!r}, expected a tuple of positive integers, such as () or (2,).")


def _check_splits(splits: dict[str, list[Example]]) -> None:
    names = set(splits)
    valid = names == {UNSPLIT} or ("train" in names and names <= set(SPLITS))
    expected = f"{', '.join(SPLITS)}, of which 'train' must be there, or only {UNSPLIT!r}"
    expect(valid, f"load gives the splits {', '.join(splits) or 'none'}, expected {expected}.")
    empty = [split for split, examples in splits.items() if not examples]
    expect(not empty, f"load gives no examples in {', '.join(empty)}: leave such a split out.")


def _check_the_same_again(source: Source, splits: dict[str, list[Example]]) -> None:
    again = source.load()
    expect(list(again) == list(splits), f"load gives {list(splits)} and then {list(again)}.")
    for split in splits:
        pairs = zip(again[split], splits[split], strict=False)
        same = len(again[split]) == len(splits[split]) and all(
            np.array_equal(one.label, other.label) for one, other in pairs
        )
        expect(same, f"load gives other examples of {split!r} the second time: their order must not change.")


def _check_notes(source: Source) -> None:
    notes = source.notes()
    valid = isinstance(notes, list) and all(isinstance(note, str) and note for note in notes)
    expect(valid, f"notes gives {notes!r}, expected a list of sentences, empty if there is nothing to say.")


def _check_arrays(split: str, dataset: Dataset) -> None:
    for row in dataset.pictures:
        valid = isinstance(row, ArrayRow) and row.name and row.content() == row.content()
        expect(valid, f"{split}: {row} is no `ArrayRow` with a name and always the same content.")
    shapes = {row.shape for row in dataset.pictures if isinstance(row, ArrayRow)}
    expect(len(shapes) == 1, f"{split}: the arrays are of the shapes {shapes}, expected one.")


def _check_pictures(split: str, dataset: Dataset) -> None:
    with Reader(_IMAGE_SIZE) as reader:
        images = list(chain.from_iterable(reader.read(map(Wanted, dataset.pictures))))
    expect(len(images) == len(dataset) * math.prod(dataset.example_shape), f"{split}: pictures are missing.")
    for picture, image in zip(dataset.pictures, images, strict=True):
        where = f"{split}: {picture.name}"
        expect(
            picture.name and isinstance(picture.name, str), f"{split}: a picture's name is {picture.name!r}."
        )
        received, expected = f"{image.dtype} {image.shape}", f"float32 {(*_IMAGE_SIZE, 3)}"
        expect(received == expected, f"{where} gives pixels {received}, expected {expected}.")
        if isinstance(picture, AbsentPicture):
            continue
        in_range = np.isfinite(image).all() and image.min() >= 0 and image.max() <= 255
        expect(in_range, f"{where} gives pixels outside [0, 255].")
        expect(picture.content() == picture.content(), f"{where} has other content the second time.")
