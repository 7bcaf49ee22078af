"""The pictures that a Predictor is asked about: paths, bytes of files, arrays, folders."""

import math
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from hydranet.data import MAX_PIXELS, Picture, PictureArray, PictureBytes, PictureFile, list_pictures
from hydranet.errors import DataError, ImageError
from hydranet.naming import nearest_match

Image = str | os.PathLike[str] | bytes | np.ndarray
# One of these, or nested sequences of them where an example has several pictures.
ExampleImages = Image | Sequence["ExampleImages"]


def open_image(image: Image, *, max_pixels: int = MAX_PIXELS) -> Picture:
    """Return a path, the bytes of a file, or an array `(height, width, 3)` as a picture to be read.

    Args:
        image: one of these.
        max_pixels: the most to decode of bytes; see `decode_image`.

    Raises:
        ImageError: an array has another shape.
    """
    if isinstance(image, np.ndarray):
        return PictureArray(image)
    if isinstance(image, bytes):
        return PictureBytes(image, max_pixels)
    return PictureFile(Path(image))


def open_example(images: ExampleImages, example_shape: tuple[int, ...]) -> list[Picture]:
    """Return the pictures of one example, one after the other.

    Args:
        images: as `open_image` takes it; several of them, nested as `example_shape` says.
        example_shape: `()` for a single one.

    Raises:
        ImageError: an array has another shape, or there are more or fewer pictures.
    """
    if not example_shape:
        return [open_image(images)]  # type: ignore[arg-type]
    several = (
        images if isinstance(images, Sequence | np.ndarray) and not isinstance(images, str | bytes) else ()
    )
    if len(several) != example_shape[0]:
        received = f"{len(several)} of them" if len(several) else repr(images)[:100]
        raise ImageError(
            f"An example of this model is an array of pictures {example_shape}: received {received}, expected "
            f"{example_shape[0]}, as in [[first, second], …]."
        )
    return [picture for part in several for picture in open_example(part, example_shape[1:])]


def find_pictures(paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Return the picture files among `paths`: files as they are, folders as the pictures anywhere below them.

    Raises:
        DataError: a path does not exist, or there is no picture at all.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            folders = sorted({path, *(child for child in path.rglob("*") if child.is_dir())})
            found += [picture for folder in folders for picture in list_pictures(folder)]
        elif path.exists():
            found.append(path)
        else:
            siblings = [child.name for child in path.parent.iterdir()] if path.parent.is_dir() else []
            raise DataError(f"There is no picture or folder {path}.{nearest_match(path.name, siblings)}")
    if not found:
        raise DataError(f"There are no pictures in {', '.join(map(str, paths))}.")
    return found


def group_pictures(
    pictures: Sequence[Path], example_shape: tuple[int, ...]
) -> list[tuple[ExampleImages, list[Path]]]:
    """Return examples of pictures that follow each other: each as `predict` takes it, and its pictures.

    Raises:
        DataError: pictures are left over.
    """
    count = math.prod(example_shape)
    if len(pictures) % count:
        raise DataError(
            f"An example of this model has {count} pictures: received {len(pictures)}, expected a multiple of {count}, "
            "those of one example after those of another."
        )
    examples = [list(pictures[start : start + count]) for start in range(0, len(pictures), count)]
    return [(_nested(example, example_shape), example) for example in examples]


def _nested(pictures: Sequence[Path], example_shape: tuple[int, ...]) -> ExampleImages:
    if not example_shape:
        return pictures[0]
    size = len(pictures) // example_shape[0]
    parts = [pictures[start : start + size] for start in range(0, len(pictures), size)]
    return [_nested(part, example_shape[1:]) for part in parts]
