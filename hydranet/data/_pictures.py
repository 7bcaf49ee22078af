"""A picture that has not been read yet: a file, the bytes of one, an array, one of Pillow's."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from hydranet.data._images import MAX_PIXELS, convert_image, decode_image, resize_image
from hydranet.errors import ImageError
from hydranet.naming import nearest_match
from hydranet.progress import progress_bar

HASH_BYTES = 16
SKIPPING = "Replace it, or leave out what can't be read: `--skip-bad-images`, or `skip_bad_images: true` in the config."
# By one thread: handing over each picture on its own would cost as much as hashing it.
_HASHED_AT_ONCE = 64


class Picture(Protocol):
    """A picture that has not been read yet."""

    @property
    def name(self) -> str:
        """What an error message calls it: its path, mostly."""

    def content(self) -> bytes:
        """The bytes that its identity is computed from."""

    def pixels(self, content: bytes, image_size: tuple[int, int]) -> np.ndarray:
        """Decode and resize: float32 `(height, width, 3)`, values in [0, 255]."""


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture in a file."""

    path: Path

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    def content(self) -> bytes:
        """The bytes of the file."""
        try:
            return self.path.read_bytes()
        except OSError as error:
            near = nearest_file(self.path) if isinstance(error, FileNotFoundError) else ""
            raise ImageError(f"{self.path} can't be read: {error.strerror}.{near}") from error

    def pixels(self, content: bytes, image_size: tuple[int, int]) -> np.ndarray:
        """Decode `content` and resize it."""
        return decode_image(content, image_size, name=self.name)


@dataclass(frozen=True, slots=True)
class PictureBytes:
    """A picture whose file has been read, or was never one: the bytes of a file.

    Args:
        data: those bytes, in any of the formats of `decode_image`.
        max_pixels: the most to decode; see `decode_image`.
    """

    data: bytes
    max_pixels: int = MAX_PIXELS

    @property
    def name(self) -> str:
        """Bytes have none."""
        return "image"

    def content(self) -> bytes:
        """The bytes."""
        return self.data

    def pixels(self, content: bytes, image_size: tuple[int, int]) -> np.ndarray:
        """Decode `content` and resize it."""
        return decode_image(content, image_size, max_pixels=self.max_pixels)


@dataclass(frozen=True, slots=True, eq=False)
class PictureArray:
    """A picture that is decoded already.

    Args:
        array: whole numbers or floats `(height, width, 3)`, values in [0, 255].

    Raises:
        ImageError: `array` has another shape.
    """

    array: np.ndarray

    def __post_init__(self) -> None:
        if self.array.ndim != 3 or self.array.shape[2] != 3:
            raise ImageError(
                f"An array of shape {self.array.shape} is no picture: expected (height, width, 3)."
            )

    @property
    def name(self) -> str:
        """Arrays have none."""
        return "array"

    def content(self) -> bytes:
        """Shape, dtype and values."""
        return f"{self.array.shape} {self.array.dtype}".encode() + self.array.tobytes()

    def pixels(self, content: bytes, image_size: tuple[int, int]) -> np.ndarray:
        """Resize it."""
        return resize_image(self.array, image_size)


@dataclass(frozen=True, slots=True, eq=False)
class PictureImage:
    """A picture that Pillow has opened.

    Args:
        image: as for `convert_image`.
    """

    image: Image.Image

    @property
    def name(self) -> str:
        """The file that it was opened from, if any."""
        return str(getattr(self.image, "filename", "") or "image")

    def content(self) -> bytes:
        """Size, mode, palette, metadata and values."""
        parts = (self.image.size, self.image.mode, self.image.getpalette(), dict(self.image.getexif()))
        try:
            return f"{parts} {self.image.info.get('transparency')}".encode() + self.image.tobytes()
        except Exception as error:  # opened and not loaded, it may be damaged in any way
            raise ImageError(f"{self.name} can't be decoded: {type(error).__name__}: {error}.") from error

    def pixels(self, content: bytes, image_size: tuple[int, int]) -> np.ndarray:
        """Convert and resize it."""
        return convert_image(self.image, image_size, name=self.name)


def nearest_file(path: Path) -> str:
    """Return " Did you mean 'x'?" for the file beside a missing one whose name is closest, or an empty string."""
    parent = path.parent
    return nearest_match(path.name, [child.name for child in parent.iterdir()]) if parent.is_dir() else ""


def hash_content(content: bytes) -> bytes:
    """Return the identity of a picture: 16 bytes that are the same exactly for the same content."""
    return hashlib.blake2b(content, digest_size=HASH_BYTES).digest()


def hash_pictures(pictures: Sequence[Picture], *, skip_bad_images: bool = False) -> np.ndarray:
    """Return the identity of each picture: uint64 `(num_pictures, 2)`; reads every file once, decodes none.

    Examples of several pictures may have one in common: those that are equal are read once.

    Args:
        pictures: not read yet.
        skip_bad_images: give one that can't be read an identity of its own: whoever decodes it finds that it is bad.

    Raises:
        ImageError: a picture can't be read, and `skip_bad_images` is off.
    """
    different = list(dict.fromkeys(pictures))
    parts = [
        different[start : start + _HASHED_AT_ONCE] for start in range(0, len(different), _HASHED_AT_ONCE)
    ]
    hash_part = partial(_hash_part, skip_bad_images=skip_bad_images)
    with ThreadPoolExecutor() as pool, progress_bar("hashing", len(different)) as bar:
        hashes = bytearray()
        for part, digests in zip(parts, pool.map(hash_part, parts), strict=True):
            hashes += digests
            bar.update(len(part))
    of_each = np.frombuffer(bytes(hashes), np.uint64).reshape(-1, 2)
    if len(different) == len(pictures):
        return of_each
    rows = {picture: row for row, picture in enumerate(different)}
    return of_each[[rows[picture] for picture in pictures]]


def _hash_part(pictures: Sequence[Picture], *, skip_bad_images: bool) -> bytes:
    return b"".join(hash_content(_content(picture, skip_bad_images)) for picture in pictures)


def _content(picture: Picture, skip_bad_images: bool) -> bytes:
    try:
        return picture.content()
    except ImageError as error:
        if skip_bad_images:
            return f"can't be read: {picture.name}".encode(errors="surrogateescape")
        raise ImageError(f"{error} {SKIPPING}") from error
