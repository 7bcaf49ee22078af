"""The pixels of one view of a picture, which must still be the one that was listed."""

import numpy as np

from hydranet.data._augment import Augmentation, augment, view_rng
from hydranet.data._pictures import Picture, hash_content
from hydranet.errors import DataError


def picture_view(
    picture: Picture,
    content_hash: np.ndarray,
    view: int,
    image_size: tuple[int, int],
    augmentation: Augmentation,
    seed: int,
) -> np.ndarray:
    """Return one view of a picture: float32 `(height, width, 3)`, values in [0, 255].

    Raises:
        ImageError: it can't be decoded.
        DataError: it is not the one that has this hash any more.
    """
    return change_view(read_plain(picture, content_hash, image_size), content_hash, view, augmentation, seed)


def read_plain(picture: Picture, content_hash: np.ndarray, image_size: tuple[int, int]) -> np.ndarray:
    """Return view 0, the picture as it is; see `picture_view`."""
    content = picture.content()
    if hash_content(content) != content_hash.tobytes():
        raise DataError(f"{picture.name} has changed while it was being read. Run the command again.")
    return picture.pixels(content, image_size)


def change_view(
    plain: np.ndarray, content_hash: np.ndarray, view: int, augmentation: Augmentation, seed: int
) -> np.ndarray:
    """Return one view of a picture whose view 0 is known; see `picture_view`."""
    return augment(plain, augmentation, view_rng(content_hash.tobytes(), view, seed)) if view else plain
