"""The pictures that a Predictor is asked about: paths, bytes of files, arrays, folders."""

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hydranet.data import MAX_PIXELS, PictureFile, decode_image, hash_content, list_pictures, resize_image
from hydranet.errors import DataError, ImageError
from hydranet.naming import nearest_match

Image = str | os.PathLike[str] | bytes | np.ndarray


class UnreadImage(NamedTuple):
    """A picture that has not been decoded yet.

    Args:
        identity: the same exactly for the same picture.
        decode: from `(height, width)` to float32 `(height, width, 3)`, values in [0, 255].
    """

    identity: bytes
    decode: Callable[[tuple[int, int]], np.ndarray]


def open_image(image: Image, *, max_pixels: int = MAX_PIXELS) -> UnreadImage:
    """Return a path, the bytes of a file, or an array `(height, width, 3)` as something to decode.

    Args:
        image: one of these.
        max_pixels: the most to decode of bytes; see `decode_image`.

    Raises:
        DataError: the file can't be read.
        ImageError: an array has another shape.
    """
    if isinstance(image, np.ndarray):
        if image.ndim != 3 or image.shape[2] != 3:
            raise ImageError(f"An array of shape {image.shape} is no picture: expected (height, width, 3).")
        described = f"{image.shape} {image.dtype}".encode()
        return UnreadImage(hash_content(described + image.tobytes()), partial(resize_image, image))
    if isinstance(image, bytes):
        return UnreadImage(hash_content(image), partial(decode_image, image, max_pixels=max_pixels))
    picture = PictureFile(Path(image))
    content = picture.content()
    return UnreadImage(hash_content(content), partial(picture.pixels, content))


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
