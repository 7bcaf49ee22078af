"""The pictures that a Predictor is asked about: paths, bytes of files, arrays, folders."""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from hydranet.data import MAX_PIXELS, Picture, PictureArray, PictureBytes, PictureFile, list_pictures
from hydranet.errors import DataError
from hydranet.naming import nearest_match

Image = str | os.PathLike[str] | bytes | np.ndarray


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
