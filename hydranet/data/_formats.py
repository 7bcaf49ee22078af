"""The formats of picture files: each is known by its first bytes, checked as far as it can be, and opened by Pillow."""

import importlib.util
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image, features
from PIL.JpegImagePlugin import JpegImageFile

from hydranet.data import _bmp_file, _gif_file, _jpeg_file, _png_file, _tiff_file, _webp_file
from hydranet.data._damage import UnusableError
from hydranet.data._isobmff_file import check_boxes, has_brand


@dataclass(frozen=True)
class Opened:
    """A picture file that is not decoded yet.

    Args:
        file: as Pillow has it.
        num_pixels: that its decoder must hold at any scale.
        is_upright: whether Pillow turns it upright when it decodes it.
        check_pixels: raises DamageError where the decoded pixels show that the file is damaged.
    """

    file: Any
    num_pixels: int
    is_upright: bool = False
    check_pixels: Callable[[Any], None] = lambda file: None


@dataclass(frozen=True)
class PictureFormat:
    """One format of picture files.

    Args:
        name: as people write it.
        suffixes: of its files, in lower case.
        recognises: tells by the first bytes of a file whether it is one.
        open: gives a file; raises DamageError or UnusableError where its bytes show that it is not whole, or not to be
            decoded.
    """

    name: str
    suffixes: tuple[str, ...]
    recognises: Callable[[bytes], bool]
    open: Callable[[bytes], Opened]


def _begins_with(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(signatures)


def _opened(data: bytes, name: str) -> Opened:
    file = Image.open(io.BytesIO(data), formats=[name])
    return Opened(file, file.width * file.height)


def _open_jpeg(data: bytes) -> Opened:
    """Open it as it is: Pillow's limit to the size is one of the whole picture, and large ones are decoded smaller."""
    frame = _jpeg_file.read_jpeg(data)
    if frame.width * frame.height > _jpeg_file.MAX_PIXELS:
        raise UnusableError(
            f"it has {frame.width} x {frame.height} pixels, expected at most {_jpeg_file.MAX_PIXELS:,}"
        )
    return Opened(JpegImageFile(io.BytesIO(data)), frame.buffered_pixels)


def _open_png(data: bytes) -> Opened:
    _png_file.check_png(data)
    return _opened(data, "PNG")


def _open_gif(data: bytes) -> Opened:
    num_colours = _gif_file.check_gif(data)
    opened = _opened(data, "GIF")
    return replace(opened, check_pixels=lambda file: _gif_file.check_colours(file, num_colours))


def _open_bmp(data: bytes) -> Opened:
    _bmp_file.check_bmp(data)
    return _opened(data, "BMP")


def _open_webp(data: bytes) -> Opened:
    _webp_file.check_webp(data)
    return _opened(data, "WEBP")


def _open_tiff(data: bytes) -> Opened:
    opened = _opened(data, "TIFF")
    _tiff_file.check_tiff(data, opened.file)
    return replace(opened, is_upright=True)


def _open_avif(data: bytes) -> Opened:
    check_boxes(data)
    return _opened(data, "AVIF")


def _open_heic(data: bytes) -> Opened:
    check_boxes(data)
    file = importlib.import_module("pillow_heif").HeifImageFile(io.BytesIO(data))
    return Opened(file, file.width * file.height, is_upright=True)


_JPEG = PictureFormat(
    "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), _begins_with(_jpeg_file.SIGNATURE), _open_jpeg
)
_AVIF = PictureFormat("AVIF", (".avif",), has_brand(b"avif", b"avis"), _open_avif)
_HEIC = PictureFormat("HEIC", (".heic", ".heif"), has_brand(b"heic", b"heix", b"mif1"), _open_heic)

# What Pillow reads safely and people have; AVIF where Pillow was built with it, HEIC where its package is installed.
FORMATS: tuple[PictureFormat, ...] = (
    _JPEG,
    PictureFormat("PNG", (".png",), _begins_with(_png_file.SIGNATURE), _open_png),
    PictureFormat("GIF", (".gif",), _begins_with(*_gif_file.SIGNATURES), _open_gif),
    PictureFormat("BMP", (".bmp", ".dib"), _begins_with(_bmp_file.SIGNATURE), _open_bmp),
    PictureFormat("WebP", (".webp",), _webp_file.is_webp, _open_webp),
    PictureFormat("TIFF", (".tif", ".tiff"), _begins_with(*_tiff_file.SIGNATURES), _open_tiff),
    *([_AVIF] if features.check("avif") else []),
    *([_HEIC] if importlib.util.find_spec("pillow_heif") else []),
)

# What has to be installed for other pictures that people have, by suffix.
PACKAGES: dict[str, str] = {
    suffix: "`pip install 'hydranet[heif]'`" for suffix in _HEIC.suffixes if _HEIC not in FORMATS
}


def format_of(data: bytes) -> PictureFormat | None:
    """Return the format of a file by its first bytes; None if it is none of `FORMATS`."""
    return next((each for each in FORMATS if each.recognises(data)), None)
