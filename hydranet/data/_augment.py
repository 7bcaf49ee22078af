"""Augmentation: other views of a training picture, each a pure function of picture and random numbers."""

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le

from hydranet.data._motion import Motion
from hydranet.settings import PositiveInt, Settings, Share, ShareBelowOne

# How many random numbers say how a view is moved, and how it is coloured.
_NUM_MOVING, _NUM_COLOURING = 5, 3

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
    height, width, _ = image.shape
    image = draw_motion((height, width), augmentation, rng).move_picture(image)
    numbers = rng.random(_NUM_COLOURING).tolist()
    if augmentation.colour:
        image = _recolour(image, *(1 + augmentation.colour * (2 * number - 1) for number in numbers))
    return np.ascontiguousarray(image)


def draw_motion(
    image_size: tuple[int, int], augmentation: Augmentation, rng: "np.random.Generator"
) -> Motion:
    """Draw how one view is moved: as `augment` moves the picture, from `rng` in the same state.

    Args:
        image_size: `(height, width)` of the picture.
        augmentation: what may change, and how much.
        rng: where the randomness comes from.
    """
    flip, turn, cut, top, left = rng.random(_NUM_MOVING).tolist()
    return Motion(
        image_size,
        flip=augmentation.flip and flip < 0.5,
        angle=math.radians(augmentation.rotation * (2 * turn - 1)),
        scale=1 - augmentation.crop * cut,
        top=top,
        left=left,
    )


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


def _recolour(image: np.ndarray, brightness: float, contrast: float, saturation: float) -> np.ndarray:
    """Scale the picture, its distance from the mean grey, and each pixel's distance from its own grey."""
    image = image * brightness
    grey = (image @ _LUMA)[..., None]
    image = grey + saturation * (image - grey)
    mean = float(grey.mean())
    recoloured: np.ndarray = np.clip(mean + contrast * (image - mean), 0, 255)
    return recoloured
