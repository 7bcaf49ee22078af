"""TIFF files: strips or tiles of pixels with their places and lengths (TIFF 6.0, 1992)."""

import zlib
from typing import Any

from hydranet.data._damage import DamageError, check_end, check_length, check_rows

SIGNATURES = (b"II*\0", b"MM\0*")

_PLACES_AND_LENGTHS = ((273, 279), (324, 325))  # of strips, and of tiles
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _SAMPLES = 256, 257, 258, 259, 277
_NONE, _DEFLATE = 1, {8, 32946}
_MOST_AT_ONCE = 2**20


def check_tiff(data: bytes, file: Any) -> None:
    """Raise DamageError unless the pixels of an opened TIFF file lie within it, and agree with their checksums.

    Args:
        data: the bytes of the file.
        file: as Pillow has opened it.
    """
    tags = file.tag_v2
    compression = tags.get(_COMPRESSION, _NONE)
    for places, lengths in _PLACES_AND_LENGTHS:
        parts = list(zip(tags.get(places, ()), tags.get(lengths, ()), strict=False))
        for start, length in parts:
            check_length(len(data), start + length)
            if compression in _DEFLATE:
                _check_deflated(data[start : start + length])
        pixels = b"".join(data[start : start + length] for start, length in parts)
        if parts and compression == _NONE:
            stride = _row_bytes(tags)
            check_length(len(pixels), stride * tags[_HEIGHT], "the picture")
            check_rows(pixels, stride)
        else:
            check_end(pixels)


def _row_bytes(tags: Any) -> int:
    """Return how many bytes a row of pixels takes that is not compressed."""
    bits = tags.get(_BITS, (1,))
    bits_of_pixel = sum(bits) if len(bits) > 1 else bits[0] * tags.get(_SAMPLES, 1)
    return (tags[_WIDTH] * bits_of_pixel + 7) // 8


def _check_deflated(part: bytes) -> None:
    """Raise DamageError if compressed bytes differ from the checksum at their end, which the decoder passes by."""
    stream = zlib.decompressobj()
    try:
        while part and not stream.eof:
            stream.decompress(part, _MOST_AT_ONCE)
            part = stream.unconsumed_tail
    except zlib.error as error:
        raise DamageError(f"a part of its pixels can't be decompressed: {error}") from error
    if not stream.eof:
        raise DamageError("a part of its pixels is not whole")
