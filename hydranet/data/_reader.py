"""The one reader: decodes pictures ahead on threads, for training, evaluation, reports and prediction alike."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import numpy as np

from hydranet.data._absent import AbsentPicture
from hydranet.data._array_row import ArrayRow
from hydranet.data._augment import Augmentation
from hydranet.data._pictures import Picture, hash_content
from hydranet.data._views import change_view
from hydranet.errors import DataError, ImageError

# Enough to keep all threads at work while a network computes, and few enough to hold in memory.
_PICTURES_AHEAD = 64


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture to be read.

    Args:
        picture: not read yet.
        content_hash: uint64 `(2,)`, which it must still have; None: whatever it is now.
        views: which of its views; 0 is the plain picture.
        content: its bytes, where they have been read already.
    """

    picture: Picture
    content_hash: np.ndarray | None = None
    views: tuple[int, ...] = (0,)
    content: bytes | None = None


class Reader:
    """Decodes pictures on threads, in their order, a bounded number of them ahead of who takes them.

    Used as a context manager: its threads end with the block, and what they have not begun is dropped.

    Args:
        image_size: `(height, width)` of the pixels; of arrays of features, which are read as they are, the whole shape.
        augmentation: how views other than the plain one differ.
        seed: of the augmentation.
        num_threads: how many decode at once; a few more than there are cores by default, as some wait for a disk.

    Example:
        >>> from hydranet.data import sample_drawings
        >>> with Reader((32, 24)) as reader:
        ...     for [image] in reader.read(map(Wanted, sample_drawings(2))):
        ...         print(image.dtype, image.shape)
        float32 (32, 24, 3)
        float32 (32, 24, 3)
    """

    def __init__(
        self,
        image_size: tuple[int, ...],
        *,
        augmentation: Augmentation | None = None,
        seed: int = 0,
        num_threads: int | None = None,
    ) -> None:
        self._image_size = image_size
        self._augmentation = augmentation or Augmentation()
        self._seed = seed
        self._threads = ThreadPoolExecutor(num_threads, thread_name_prefix="decode")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._threads.shutdown(cancel_futures=True)

    def read(self, wanted: Iterable[Wanted]) -> Iterator[list[np.ndarray]]:
        """Yield the views of each picture, in order: float32 `(height, width, 3)` each, values in [0, 255].

        Raises:
            ImageError: a picture can't be read or decoded.
            DataError: a file is not the one that has this hash any more.
        """
        for views in self.try_read(wanted):
            if isinstance(views, DataError):
                raise views
            yield views

    def try_read(
        self, wanted: Iterable[Wanted], *, errors: type[DataError] | tuple[()] = ImageError
    ) -> Iterator[list[np.ndarray] | DataError]:
        """Yield the same, and in place of a picture that can't be read the error that says why.

        Args:
            wanted: the pictures.
            errors: which are given; others, or with () all, are raised.
        """
        waiting: deque[Future[list[np.ndarray]]] = deque()
        try:
            for each in wanted:
                waiting.append(self.submit(each))
                if len(waiting) > _PICTURES_AHEAD:
                    yield _outcome(waiting.popleft(), errors)
            while waiting:
                yield _outcome(waiting.popleft(), errors)
        finally:
            for future in waiting:
                future.cancel()

    def submit(self, wanted: Wanted) -> "Future[list[np.ndarray]]":
        """Begin to read one picture."""
        return self._threads.submit(self._read, wanted)

    def _read(self, wanted: Wanted) -> list[np.ndarray]:
        picture = wanted.picture
        content = picture.content() if wanted.content is None else wanted.content
        is_hash_needed = wanted.content_hash is not None or wanted.views != (0,)
        image_hash = hash_content(content) if is_hash_needed else b""
        if wanted.content_hash is not None and image_hash != wanted.content_hash.tobytes():
            raise DataError(f"{picture.name} has changed while it was being read. Run the command again.")
        plain = read_pixels(picture, content, self._image_size)
        if isinstance(picture, AbsentPicture):
            return [plain] * len(wanted.views)
        return [change_view(plain, image_hash, view, self._augmentation, self._seed) for view in wanted.views]


def read_pixels(picture: Picture, content: bytes, image_size: tuple[int, ...]) -> np.ndarray:
    """Return what a network gets of a picture, or of a row of an array: float32; see `Reader`.

    Raises:
        ImageError: it can't be decoded, or the network reads pictures and this is an array, or the reverse.
    """
    if isinstance(picture, ArrayRow):
        return picture.pixels(content, image_size)
    if len(image_size) != 2:
        raise ImageError(
            f"{picture.name} is a picture: this model reads features that were computed before, arrays of shape "
            f"{image_size}. Compute them as those of its training were."
        )
    height, width = image_size
    return picture.pixels(content, (height, width))


def _outcome(
    future: "Future[list[np.ndarray]]", errors: type[DataError] | tuple[()]
) -> list[np.ndarray] | DataError:
    try:
        return future.result()
    except errors as error:
        return error
