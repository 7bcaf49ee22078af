"""A picture that an example of several lacks, such as that of a camera which failed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

# The value of its pixels, which no picture has.
_NO_VALUE = -1.0


@dataclass(frozen=True, slots=True)
class AbsentPicture:
    """In place of a picture that is not there: its features are zeros, which heads pass over.

    Heads average over the pictures that are there, as Keras's `Masking` has it; see `Head.layers`.

    Example:
        >>> absent_rows(AbsentPicture().pixels(b"", (2, 2))[None])
        array([ True])
    """

    @property
    def name(self) -> str:
        """What a message calls it."""
        return "no picture"

    def content(self) -> bytes:
        """The same for all."""
        return b"no picture"

    def pixels(self, content: bytes, image_size: tuple[int, int]) -> np.ndarray:
        """Values below those of any picture: float32 `(height, width, 3)`, all -1."""
        return np.full((*image_size, 3), _NO_VALUE, np.float32)


def absent_rows(images: np.ndarray) -> np.ndarray:
    """Return which pictures are not there: bool `(batch,)`, of float32 `(batch, height, width, 3)`; of arrays none."""
    if not len(images):
        return np.zeros(0, bool)
    flat = images.reshape(len(images), -1)
    absent: np.ndarray = flat[:, 0] == _NO_VALUE
    # Features that were computed before may be negative, and so may some of their values be the same.
    absent[absent] = (flat[absent] == _NO_VALUE).all(axis=1)
    return absent


def without_absent(features: Mapping[str, np.ndarray], images: np.ndarray) -> Mapping[str, np.ndarray]:
    """Return the features of pictures, with zeros for those that are not there.

    Args:
        features: `(batch, ...)` by name.
        images: float32 `(batch, height, width, 3)`, that they were computed from.
    """
    absent = absent_rows(images)
    if not absent.any():
        return features
    present = ~absent
    return {
        name: np.where(present.reshape(-1, *[1] * (values.ndim - 1)), values, np.zeros_like(values))
        for name, values in features.items()
    }
