"""Augmentation: other views of a training picture, each a pure function of picture and random numbers."""

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le
from PIL import Image

from hydranet.settings import PositiveInt, Settings, Share, ShareBelowOne

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

    Raises:
        ConfigError: a field is outside its range.

    Example:
        >>> Augmentation(views=4, rotation=15, crop=0.2)
        Augmentation(views=4, flip=True, rotation=15, crop=0.2, colour=0.0)
    """

    views: PositiveInt = 1
    flip: bool = True
    rotation: Annotated[float, Ge(0), Le(180)] = 0.0
    crop: ShareBelowOne = 0.0
    colour: Share = 0.0


def augment(image: np.ndarray, augmentation: Augmentation, rng: np.random.Generator) -> np.ndarray:
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
    flip, turn, cut, top, left, *colours = rng.random(8).tolist()
    if augmentation.flip and flip < 0.5:
        image = image[:, ::-1]
    if augmentation.rotation or augmentation.crop:
        angle = math.radians(augmentation.rotation * (2 * turn - 1))
        image = _resample(image, angle, 1 - augmentation.crop * cut, top, left)
    if augmentation.colour:
        image = _recolour(image, *(1 + augmentation.colour * (2 * colour - 1) for colour in colours))
    return np.ascontiguousarray(image)


def view_rng(image_hash: bytes, view: int, seed: int) -> np.random.Generator:
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


def _resample(image: np.ndarray, angle: float, scale: float, top: float, left: float) -> np.ndarray:
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
    resampled = np.empty(image.shape, np.float32)
    for index in range(3):
        channel = Image.fromarray(np.ascontiguousarray(padded[..., index]))
        channel = channel.transform(
            (width, height), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
        )
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
