"""Augmentation: other views of a training picture, each a pure function of picture and random numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le
from PIL import Image

from hydranet.settings import PositiveInt, Settings, Share, ShareBelowOne

# How many random numbers a view takes; the first of them say how it is moved, the others how it is coloured.
_NUM_NUMBERS, _NUM_MOVING = 8, 5

# ITU-R BT.601, the grey that Pillow and TensorFlow make of a colour.
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class Augmentation(Settings):
    """How the views of a training picture differ from it.

    Views are drawn once and their features stored, so that a frozen network sees each only once however
    long its heads are trained. View 0 is always the plain picture.

    Args:
        views: how many views of each training picture are stored, at least 1. 1 is no augmentation.
        flip: mirror every second view, left to right, on average.
        rotation: largest angle in degrees, either way, in [0, 180].
        crop: largest share of each side that is cut away, in [0, 1); what is left is enlarged again.
        colour: largest relative change of brightness, contrast and saturation, in [0, 1].
        alike: whether a view changes all pictures in one way, and not each in its own; where not given, it does where
            examples have several pictures, so that a film is not mirrored here and there.

    Raises:
        ConfigError: a field is outside its range.

    Example:
        >>> Augmentation(views=4, rotation=15, crop=0.2)
        Augmentation(views=4, flip=True, rotation=15, crop=0.2, colour=0.0, alike=None)
    """

    views: PositiveInt = 1
    flip: bool = True
    rotation: Annotated[float, Ge(0), Le(180)] = 0.0
    crop: ShareBelowOne = 0.0
    colour: Share = 0.0
    alike: bool | None = None


def augment(image: np.ndarray, augmentation: Augmentation, rng: "np.random.Generator") -> np.ndarray:
    """Draw one view of a picture.

    Flip, rotation and crop happen in one bilinear resampling at most, so that a view is not blurred more
    often than needed; where a rotation looks past the border, the picture is reflected there.

    Args:
        image: float32 `(height, width, 3)`, values in [0, 255].
        augmentation: what may change, and how much.
        rng: where the randomness comes from. Each call takes the same count of numbers from it, whatever
            is switched on, so that switching one change off leaves the others as they were.

    Returns:
        float32 `(height, width, 3)`, values in [0, 255]; `image` itself is not written to.

    Example:
        >>> import numpy as np
        >>> image = np.zeros((160, 160, 3), np.float32)
        >>> rng = view_rng(b"hash of the picture", view=1, seed=0)
        >>> augment(image, Augmentation(views=2, rotation=15), rng).shape
        (160, 160, 3)
    """
    numbers = rng.random(_NUM_NUMBERS).tolist()
    image = _move(image, augmentation, numbers[:_NUM_MOVING], Image.Resampling.BILINEAR)
    if augmentation.colour:
        factors = (1 + augmentation.colour * (2 * number - 1) for number in numbers[_NUM_MOVING:])
        image = _recolour(image, *factors)
    return np.ascontiguousarray(image)


def augment_map(values: np.ndarray, augmentation: Augmentation, rng: "np.random.Generator") -> np.ndarray:
    """Move a map over a picture as `augment` moves the picture; each pixel takes the value of its nearest one.

    Args:
        values: `(height, width, ...)` of any dtype, in the proportions of the picture that the trunk gets.
        augmentation: as for the picture.
        rng: as for the picture, in the same state.

    Returns:
        The same shape and dtype; where a rotation looks past the border, the map is reflected there.

    Example:
        >>> import numpy as np
        >>> labels = np.array([[1, 2], [3, 4]])
        >>> views = [augment_map(labels, Augmentation(views=2), view_rng(b"hash", n, seed=0)) for n in range(1, 9)]
        >>> sorted({tuple(view[0].tolist()) for view in views})
        [(1, 2), (2, 1)]
    """
    height, width = values.shape[:2]
    numbers = rng.random(_NUM_NUMBERS).tolist()
    # Where each pixel stands is what is moved, so that values may be of any kind.
    places = np.arange(height * width, dtype=np.int32).reshape(height, width, 1)
    places = _move(places, augmentation, numbers[:_NUM_MOVING], Image.Resampling.NEAREST)[..., 0]
    moved: np.ndarray = values.reshape(height * width, *values.shape[2:])[places]
    return moved


def view_rng(image_hash: bytes, view: int, seed: int) -> "np.random.Generator":
    """Return the randomness of one view: the same for the same picture, view and seed, anywhere, any time.

    Args:
        image_hash: a digest of the picture's bytes.
        view: number of the view, 0 or more.
        seed: the run's seed, 0 or more.

    Returns:
        A generator whose stream is independent of that of any other picture, view or seed.

    Example:
        >>> view_rng(b"digest", view=1, seed=0).random() == view_rng(b"digest", view=1, seed=0).random()
        True
    """
    entropy = int.from_bytes(image_hash, "big")
    return np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=(seed, view)))


def _move(
    image: np.ndarray, augmentation: Augmentation, numbers: Sequence[float], method: Image.Resampling
) -> np.ndarray:
    """Flip, turn and crop `(height, width, channels)`; the numbers in [0, 1) say how much of what may change."""
    flip, turn, cut, top, left = numbers
    if augmentation.flip and flip < 0.5:
        image = image[:, ::-1]
    if augmentation.rotation or augmentation.crop:
        angle = math.radians(augmentation.rotation * (2 * turn - 1))
        image = _resample(image, angle, 1 - augmentation.crop * cut, top, left, method)
    return image


def _resample(
    image: np.ndarray, angle: float, scale: float, top: float, left: float, method: Image.Resampling
) -> np.ndarray:
    """Enlarge a turned window with `scale` times the sides; `top` and `left` in [0, 1] say where it lies."""
    height, width, _ = image.shape
    # No corner of a turned window lies further outside, wherever in the picture the window is.
    border = math.ceil((math.hypot(height, width) - min(height, width)) / 2) + 1
    centre_x = width * (scale / 2 + left * (1 - scale))
    centre_y = height * (scale / 2 + top * (1 - scale))
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    matrix = (
        *(cos, sin, border + centre_x - cos * width / 2 - sin * height / 2),
        *(-sin, cos, border + centre_y + sin * width / 2 - cos * height / 2),
    )
    padded = np.pad(image, ((border, border), (border, border), (0, 0)), mode="symmetric")
    resampled = np.empty(image.shape, image.dtype)
    for index in range(image.shape[2]):
        channel = Image.fromarray(np.ascontiguousarray(padded[..., index]))
        channel = channel.transform((width, height), Image.Transform.AFFINE, matrix, method)
        resampled[..., index] = np.asarray(channel)
    return resampled


def _recolour(image: np.ndarray, brightness: float, contrast: float, saturation: float) -> np.ndarray:
    """Scale the picture, its distance from the mean grey, and each pixel's distance from its own grey."""
    image = image * brightness
    grey = (image @ _LUMA)[..., None]
    image = grey + saturation * (image - grey)
    mean = float(grey.mean())
    recoloured: np.ndarray = np.clip(mean + contrast * (image - mean), 0, 255)
    return recoloured
