"""What an image is: bytes become float32 RGB pixels in one way, wherever in hydranet they are read.

Training, prediction, the command line and the server all decode here, so the same file always gives
the same pixels. The pixels are those of `tf.io.decode_jpeg(dct_method="INTEGER_ACCURATE")` followed by
`tf.image.resize(antialias=True)`, computed by Pillow, which is faster and leaves the GIL to other threads.
"""

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from hydranet.data._damage import DamageError, UnusableError
from hydranet.data._formats import FORMATS, format_of
from hydranet.errors import ImageError, LargeImageError

# Part of the key of every stored feature. Raise it with any change that moves a pixel.
DECODER_VERSION: int = 1

# More than any ordinary camera gives, and few enough to hold in memory: 1 GiB of 8-bit RGB over four.
MAX_PIXELS: int = 89_478_485

# What is measured, not seen: Pillow would clip it to 8 bits.
_NO_COLOURS = {"I", "F"}

# By how much a picture that others have resized with a sharpening filter may lie outside of [0, 255].
_TOLERANCE = 64

_EXIF_ORIENTATION = 0x0112
_FIRST_TRANSPOSED_ORIENTATION = 5  # 5 to 8 are stored with rows and columns exchanged

_Box = tuple[float, float, float, float]


def decode_image(
    data: bytes, image_size: tuple[int, int], *, name: str = "image", max_pixels: int = MAX_PIXELS
) -> np.ndarray:
    """Decode the bytes of a picture file to RGB pixels of the wanted size.

    Grey, palette, CMYK and 16-bit pictures become 8-bit RGB, transparent ones are laid on white, the EXIF
    orientation is applied, and of an animation the first frame is taken. The picture is then stretched
    to `image_size` by antialiased bilinear resampling; its aspect ratio is not kept. JPEGs of more than
    four times that size are decoded at a reduced scale, which is many times faster.

    Args:
        data: the bytes of a JPEG, PNG, GIF, BMP, WebP or TIFF file; of an AVIF file where Pillow reads them, and of a
            HEIC file with the extra `heif`.
        image_size: `(height, width)` of the result, in pixels.
        name: what error messages call the picture, such as its path.
        max_pixels: the most to decode, which of a large JPEG are only those of the reduced scale, if it is not
            progressive.

    Returns:
        float32 `(height, width, 3)`, values in [0, 255].

    Raises:
        ImageError: the bytes are not a whole picture in one of these formats, as far as its lengths and checksums show;
            more than `max_pixels` would have to be decoded, or it takes too much otherwise. No bytes raise anything
            else.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> file = io.BytesIO()
        >>> Image.new("RGB", (64, 48), "red").save(file, "PNG")
        >>> image = decode_image(file.getvalue(), (2, 3))
        >>> image.shape, image[0, 0].tolist()
        ((2, 3, 3), [255.0, 0.0, 0.0])
    """
    if not data:
        raise ImageError(f"{name} is empty: received 0 bytes, expected a {_formats()} file.")
    file_format = format_of(data)
    if file_format is None:
        raise ImageError(
            f"{name} is not a picture that can be read: received {len(data):,} bytes that begin with "
            f"{data[:8]!r}, expected a {_formats()} file."
        )
    try:
        opened = file_format.open(data)
        with opened.file as file:
            _check_size(file.size, opened.num_pixels, name, max_pixels)
            orientation = 1 if opened.is_upright else exif_orientation(file)
            stored_size = transposed(image_size, orientation)
            box = _reduce_scale(file, stored_size)
            _check_size(file.size, file.width * file.height, name, max_pixels)
            channels = _to_rgb(file).split()
            opened.check_pixels(file)
    except ImageError:
        raise
    except UnusableError as error:
        raise ImageError(f"{name} can't be used: {error}.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(f"{name} is too large: expected at most {MAX_PIXELS:,} pixels. {error}") from error
    # Pillow's decoders raise nearly any type of exception on damaged files.
    except Exception as error:
        problem = str(error) if isinstance(error, DamageError) else f"{type(error).__name__}: {error}"
        raise ImageError(
            f"{name} is truncated or damaged: received {len(data):,} bytes, expected a whole {file_format.name} "
            f"file; {problem}."
        ) from error
    return _orient(_resize(channels, stored_size, box), orientation)


def resize_image(array: np.ndarray, image_size: tuple[int, int]) -> np.ndarray:
    """Resize pixels that are decoded already, just as `decode_image` resizes.

    Use it for pictures that come from a camera, a video or another library: the result is the one that
    the same pixels give when they are read from a lossless file.

    Args:
        array: whole numbers or floats `(height, width, 3)`, RGB, values in [0, 255].
        image_size: `(height, width)` of the result, in pixels.

    Returns:
        float32 `(height, width, 3)`, values in [0, 255].

    Raises:
        ImageError: `array` has another shape or type, whole numbers outside of [0, 255], or values that are not finite.

    Warns:
        UserWarning: floats are plainly in another range, such as [0, 1] or [-1, 1].

    Example:
        >>> import numpy as np
        >>> resize_image(np.full((48, 64, 3), 7, np.uint8), (2, 3))[0, 0].tolist()
        [7.0, 7.0, 7.0]
    """
    is_picture = array.ndim == 3 and array.shape[2] == 3 and 0 not in array.shape
    if not (is_picture and (array.dtype.kind in "iuf")):
        raise ImageError(
            f"Can't resize this array: received {array.dtype} {array.shape}, expected whole numbers or floats "
            "(height, width, 3) with values in [0, 255]."
        )
    pixels = _checked_floats(array) if array.dtype.kind == "f" else _checked_integers(array)
    channels = [Image.fromarray(np.ascontiguousarray(pixels[..., index])) for index in range(3)]
    return _resize(channels, image_size)


def _checked_integers(array: np.ndarray) -> np.ndarray:
    """Return whole numbers as uint8; raise ImageError for values that are no pixels."""
    if array.dtype == np.uint8:
        return array
    low, high = int(array.min()), int(array.max())
    if low < 0 or high > 255:
        advice = " Of a picture of 16 bits, take the high byte: array >> 8." if low >= 0 else ""
        raise ImageError(
            f"This array of {array.dtype} holds values from {low:,} to {high:,}: expected [0, 255].{advice}"
        )
    return array.astype(np.uint8)


def _checked_floats(array: np.ndarray) -> np.ndarray:
    """Return floats as float32.

    Raises ImageError for values that are not finite; warns of a range that is plainly another one than [0, 255].
    """
    with np.errstate(over="ignore"):
        array = array.astype(np.float32, copy=False)
    low, high = float(array.min()), float(array.max())
    if not math.isfinite(low + high):
        raise ImageError("This array holds NaN or infinity: expected values in [0, 255].")
    if 0 < max(high, -low) <= 1:
        warnings.warn(
            "An array has no value above 1, so its picture is taken as black: expected values in [0, 255]. If 1 stands "
            "for white, multiply by 255; if -1 stands for black, add 1 and multiply by 127.5.",
            stacklevel=2,
        )
    elif low < -_TOLERANCE or high > 255 + _TOLERANCE:
        warnings.warn("An array has values far outside of [0, 255], which are expected.", stacklevel=2)
    return array


def convert_image(image: Image.Image, image_size: tuple[int, int], *, name: str = "image") -> np.ndarray:
    """Convert and resize a picture of Pillow just as `decode_image` does with a lossless file of it.

    Args:
        image: in any mode that stands for colours; turned by its EXIF orientation, if it still has one.
        image_size: `(height, width)` of the result, in pixels.
        name: what error messages call it.

    Returns:
        float32 `(height, width, 3)`, values in [0, 255].

    Raises:
        ImageError: it can't be loaded, or does not stand for colours.

    Example:
        >>> from PIL import Image
        >>> convert_image(Image.new("L", (64, 48), 7), (2, 3))[0, 0].tolist()
        [7.0, 7.0, 7.0]
    """
    orientation = exif_orientation(image)
    try:
        channels = _to_rgb(image).split()
    except UnusableError as error:
        raise ImageError(f"{name} can't be used: {error}.") from error
    # One that was opened and not loaded is decoded here, and may be damaged in any way.
    except Exception as error:
        raise ImageError(f"{name} can't be decoded: {type(error).__name__}: {error}.") from error
    return _orient(_resize(channels, transposed(image_size, orientation)), orientation)


def _resize(
    channels: Sequence[Image.Image], image_size: tuple[int, int], box: _Box | None = None
) -> np.ndarray:
    """Resample in float: on 8-bit channels Pillow would round between its two passes and once more after."""
    height, width = image_size
    image = np.empty((height, width, 3), np.float32)
    for index, channel in enumerate(channels):
        resized = channel.convert("F").resize((width, height), Image.Resampling.BILINEAR, box)
        image[..., index] = np.asarray(resized)
    return image


def _reduce_scale(file: Any, image_size: tuple[int, int]) -> _Box | None:
    """Let a JPEG be decoded at 1/2, 1/4 or 1/8 scale, and return what the picture covers of the result.

    The reduced picture stays at least twice the wanted size, so that the antialiased resampling after it
    still decides how the result looks. Its last row and column may lie partly outside the picture.
    """
    height, width = image_size
    draft = file.draft(None, (2 * width, 2 * height))
    return draft[1] if draft else None


def _to_rgb(file: Image.Image) -> Image.Image:
    if file.mode.startswith("I;16"):
        # The high byte, as TensorFlow takes it. Pillow's own conversion has clipped in some versions.
        return Image.fromarray((np.asarray(file) >> 8).astype(np.uint8)).convert("RGB")
    if file.has_transparency_data:
        white = Image.new("RGBA", file.size, "white")
        return Image.alpha_composite(white, file.convert("RGBA")).convert("RGB")
    if file.mode in _NO_COLOURS:
        raise UnusableError(f"it has samples of 32 bits (Pillow's mode {file.mode}), expected 8 or 16")
    return file if file.mode == "RGB" else file.convert("RGB")


def exif_orientation(file: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8: 1 (as stored) also where it is missing or makes no sense."""
    try:
        orientation = file.getexif().get(_EXIF_ORIENTATION, 1)
    # A picture with damaged metadata is still a picture.
    except Exception:
        return 1
    return orientation if orientation in range(1, 9) else 1


def transposed(image_size: tuple[int, int], orientation: int) -> tuple[int, int]:
    height, width = image_size
    return (width, height) if orientation >= _FIRST_TRANSPOSED_ORIENTATION else (height, width)


def _orient(image: np.ndarray, orientation: int) -> np.ndarray:
    """Turn the small picture upright: cheaper than turning the large one before it is resized."""
    if orientation >= _FIRST_TRANSPOSED_ORIENTATION:
        image = image.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    return np.ascontiguousarray(image)


def _check_size(size: tuple[int, int], num_pixels: int, name: str, max_pixels: int) -> None:
    width, height = size
    if width * height <= 0 or num_pixels > max_pixels:
        held = f", to decode which takes the memory of {num_pixels:,}" if num_pixels > width * height else ""
        raise LargeImageError(
            f"{name} has an unusable size: received {width} x {height} pixels{held}, "
            f"expected 1 to {max_pixels:,} in all."
        )


def _formats() -> str:
    names = [each.name for each in FORMATS]
    return f"{', '.join(names[:-1])} or {names[-1]}"
