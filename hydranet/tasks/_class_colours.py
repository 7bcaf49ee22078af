"""Colours by which classes are told apart."""

import numpy as np
from PIL import Image


def class_colours(num_classes: int) -> np.ndarray:
    """Return a colour for each class: uint8 `(num_classes, 3)`, RGB.

    Example:
        >>> class_colours(2).tolist()
        [[255, 0, 0], [0, 255, 252]]
    """
    hues = np.linspace(0, 255, num_classes, endpoint=False).astype(np.uint8)
    full = np.full_like(hues, 255)
    hsv = Image.fromarray(np.stack([hues, full, full], axis=-1)[None], "HSV")
    return np.asarray(hsv.convert("RGB"))[0]
