"""Pictures small enough to stand in a page by the hundred: data URIs of WebP files."""

import base64
import io

import numpy as np
from PIL import Image

_QUALITY = 70

# One hue that fur, skin, grass, sky and earth hardly have; only how opaque it is says how much heat there is, so
# that it reads on dark and on pale pictures, and without telling hues apart.
_COLOUR = (255, 0, 110)
_LARGEST_ALPHA = 190


def thumbnail(image: np.ndarray, size: int = 120) -> str:
    """Return a picture, made small, as the `src` of an `<img>`.

    Args:
        image: float32 `(height, width, 3)`, values in [0, 255].
        size: its longer side, in pixels; a smaller picture stays as it is.

    Returns:
        A data URI, about 2 to 3 KB at 120 pixels.

    Example:
        >>> import numpy as np
        >>> thumbnail(np.full((160, 160, 3), 200, np.float32))[:23]
        'data:image/webp;base64,'
    """
    picture = Image.fromarray(_to_bytes(image))
    picture.thumbnail((size, size), Image.Resampling.LANCZOS)
    return _webp(picture, quality=_QUALITY)


def heat_layer(heat: np.ndarray) -> str:
    """Return a heat map as a small see-through picture, to be laid over a thumbnail and scaled smoothly.

    One pixel is one position of the map. Where there is no heat it can't be seen.

    Args:
        heat: float32 `(map_height, map_width)`, values in [0, 1].

    Returns:
        A data URI, below 1 KB for a map of up to 14 × 14 positions.

    Example:
        >>> import numpy as np
        >>> len(heat_layer(np.eye(5, dtype=np.float32))) < 1000
        True
    """
    # Squared, so that what is lukewarm, mostly a large part of the picture, stays clear.
    alpha = _LARGEST_ALPHA * np.square(heat)[..., None]
    layer = np.concatenate([np.broadcast_to(_COLOUR, (*heat.shape, 3)), alpha], axis=-1)
    # Lossless, since each pixel will cover many; `exact` keeps the colour of those that can't be seen, which is
    # mixed with their neighbours' in scaling.
    return _webp(Image.fromarray(_to_bytes(layer)), lossless=True, exact=True)


def lay_over(image: np.ndarray, drawing: np.ndarray) -> np.ndarray:
    """Return a picture under a drawing that is stretched over it, its pixels as sharp squares.

    Args:
        image: float32 `(height, width, 3)`, values in [0, 255].
        drawing: uint8 RGBA `(map_height, map_width, 4)`.

    Example:
        >>> import numpy as np
        >>> half_red = np.array([[(255, 0, 0, 255), (0, 0, 0, 0)]], np.uint8)
        >>> lay_over(np.full((1, 4, 3), 9, np.float32), half_red)[0, :, 0].tolist()
        [255.0, 255.0, 9.0, 9.0]
    """
    height, width = image.shape[:2]
    layer = Image.fromarray(drawing).resize((width, height), Image.Resampling.NEAREST)
    picture = Image.fromarray(_to_bytes(image)).convert("RGBA")
    laid = Image.alpha_composite(picture, layer).convert("RGB")
    return np.asarray(laid, np.float32)


def _to_bytes(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _webp(picture: Image.Image, **options: int | bool) -> str:
    file = io.BytesIO()
    picture.save(file, "WEBP", method=4, **options)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"
