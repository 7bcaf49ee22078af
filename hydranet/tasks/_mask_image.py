"""Maps of classes as pictures."""

import numpy as np
from PIL import Image

from hydranet.tasks._class_colours import class_colours


def mask_image(indices: np.ndarray, num_classes: int) -> Image.Image:
    """Return a picture whose value at each pixel is the index of a class, in a colour for each.

    Args:
        indices: of classes: `(height, width)`.
        num_classes: how many there are, at most 256.

    Example:
        >>> mask_image(np.array([[0, 1]]), num_classes=2).convert("RGB").getpixel((1, 0))
        (0, 255, 252)
    """
    image = Image.fromarray(indices.astype(np.uint8))
    image.putpalette(class_colours(num_classes).tobytes())
    return image
