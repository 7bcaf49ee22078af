"""The pictures that a Predictor is asked about: files, their bytes, pictures of Pillow, arrays, folders."""

import logging
import math
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import PIL.Image

from hydranet.data import (
    MAX_PIXELS,
    AbsentPicture,
    ArrayRow,
    Picture,
    PictureArray,
    PictureBytes,
    PictureFile,
    PictureImage,
    flat_pictures,
    is_film,
    left_out_text,
    list_pictures,
    nearest_file,
    read_film,
)
from hydranet.errors import DataError, ImageError
from hydranet.inference._open_arrays import open_arrays, rows_of_file

_log = logging.getLogger(__name__)


class _Readable(Protocol):
    """An open file."""

    def read(self) -> bytes: ...


class _ArrayLike(Protocol):
    """What NumPy can take as an array, such as a tensor."""

    def __array__(self) -> np.ndarray: ...


Image = (
    str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | _Readable
    | PIL.Image.Image
    | np.ndarray
    | _ArrayLike
    | ArrayRow
)
# One of these, or nested sequences of them where an example has several pictures: None for one that is not there.
ExampleImages = Image | Sequence["ExampleImages | None"]


def open_image(image: Image, *, max_pixels: int = MAX_PIXELS) -> Picture:
    """Return one picture, in any of the forms that people have them in, to be read.

    Args:
        image: a path, the bytes of a file, an open file, a picture of Pillow, or an array or tensor
            `(height, width, 3)`.
        max_pixels: the most to decode of bytes; see `decode_image`.

    Raises:
        ImageError: an array has another shape, or it is nothing of this kind.
    """
    match image:
        case ArrayRow():
            return image
        case str() | os.PathLike():
            return PictureFile(Path(image))
        case bytes() | bytearray() | memoryview():
            return PictureBytes(bytes(image), max_pixels)
        case PIL.Image.Image():
            return PictureImage(image)
    if hasattr(image, "read"):
        return open_image(image.read(), max_pixels=max_pixels)
    if hasattr(image, "__array__"):
        return PictureArray(np.asarray(image))
    raise ImageError(
        f"A {type(image).__name__} is no picture: received {repr(image)[:100]}, expected a path, the bytes of a file, "
        "an open file, a picture of Pillow, or an array (height, width, 3)."
    )


def open_images(
    images: Iterable[ExampleImages] | Image, example_shape: tuple[int, ...], image_size: tuple[int, ...]
) -> Iterable[ExampleImages]:
    """Return the examples among `images`: a folder's pictures, a single picture, or several as they are.

    Args:
        images: as `Predictor.predict` takes them.
        example_shape: `()` for a single picture.
        image_size: of pictures; the shape of arrays, where the model reads those.

    Raises:
        DataError: there is no such file or folder, or no picture in it.
        ImageError: it is neither.
    """
    if len(image_size) != 2:
        return open_arrays(images, image_size)
    if isinstance(images, str | os.PathLike):
        return [images] if example_shape else find_pictures([images])
    is_array = hasattr(images, "__array__") and not isinstance(images, Sequence | PIL.Image.Image)
    if np.ndim(images) == len(example_shape) + 3 if is_array else not _is_several(images):  # type: ignore[arg-type]
        return [images]  # type: ignore[list-item]
    return images  # type: ignore[return-value]


def open_example(images: ExampleImages | None, example_shape: tuple[int, ...]) -> list[Picture]:
    """Return the pictures of one example, one after the other.

    Args:
        images: as `open_image` takes it; several of them, nested as `example_shape` says, None for some or a part of
            some that is not there; or the path of a film, as `read_film` takes it.
        example_shape: `()` for a single one.

    Raises:
        ImageError: an array has another shape, or there are more or fewer pictures.
    """
    if images is None:
        return [AbsentPicture()] * math.prod(example_shape)
    if not example_shape:
        return [open_image(images)]  # type: ignore[arg-type]
    if isinstance(images, str | os.PathLike) and is_film(Path(images)):
        return flat_pictures(read_film(Path(images), example_shape), example_shape)
    several: Any = images if _is_several(images) and hasattr(images, "__len__") else ()
    if len(several) != example_shape[0]:
        received = f"{len(several)} of them" if len(several) else repr(images)[:100]
        raise ImageError(
            f"An example of this model is an array of pictures {example_shape}: received {received}, expected "
            f"{example_shape[0]}, as in [[first, second], …]."
        )
    return [picture for part in several for picture in open_example(part, example_shape[1:])]


def _is_several(images: Any) -> bool:
    """Return whether these are pictures, not one: what can be gone through, and is no path, bytes or file."""
    one = (str, os.PathLike, bytes, bytearray, memoryview, PIL.Image.Image)
    return hasattr(images, "__iter__") and not hasattr(images, "read") and not isinstance(images, one)


def find_pictures(paths: Iterable[str | os.PathLike[str]], *, keep_missing: bool = False) -> list[Path]:
    """Return the picture files among `paths`: files as they are, folders as the pictures anywhere below them.

    Args:
        paths: of files and folders; which other files are in a folder is logged.
        keep_missing: return a path that does not exist as it is, like a picture that can't be read.

    Raises:
        DataError: a path does not exist, or there is no picture at all.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            listing = list_pictures(path)
            found += listing.pictures
            if listing.left_out:
                _log.warning("%s: %s.", path, left_out_text(listing.left_out))
        elif keep_missing or path.exists():
            found.append(path)
        else:
            raise DataError(f"There is no picture or folder {path}.{nearest_file(path)}")
    if not found:
        raise DataError(f"There are no pictures in {', '.join(map(str, paths))}.")
    return found


def find_examples(
    paths: Iterable[str | os.PathLike[str]], example_shape: tuple[int, ...], image_size: tuple[int, ...]
) -> list[tuple[ExampleImages, list[Picture]]]:
    """Return the examples in files and folders: each as `predict` takes it, and its pictures, or its row of an array.

    Args:
        paths: of picture files, and folders of them; of files of arrays, where the model reads those.
        example_shape: how the pictures of one example are arranged. Where it has several, a folder or a video is a
            film, and other pictures make examples as they follow each other.
        image_size: of pictures; the shape of arrays.

    Raises:
        DataError: pictures are left over, there are none, or a file of arrays can't be read.
    """
    if len(image_size) != 2:
        return [(row, [row]) for path in paths for row in rows_of_file(Path(path), image_size)]
    given = list(map(Path, paths))
    films = [path for path in given if example_shape and is_film(path)]
    others = [path for path in given if path not in films]
    pictures = find_pictures(others, keep_missing=True) if others or not films else []
    found: list[tuple[ExampleImages, list[Path]]] = [(film, [film]) for film in films]
    found += _in_groups(pictures, example_shape)
    return [(nested, list(map(PictureFile, those))) for nested, those in found]


def find_unlabelled(
    paths: Iterable[str | os.PathLike[str]], image_size: tuple[int, ...]
) -> Sequence[Picture]:
    """Return the pictures in files and folders, or the rows of files of arrays where the model reads those."""
    if len(image_size) != 2:
        return [row for path in paths for row in rows_of_file(Path(path), image_size)]
    return list(map(PictureFile, find_pictures(paths)))


def _in_groups(
    pictures: Sequence[Path], example_shape: tuple[int, ...]
) -> list[tuple[ExampleImages, list[Path]]]:
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
