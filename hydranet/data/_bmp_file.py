"""BMP files: a header, then rows of known length (Microsoft, Bitmap Storage)."""

from hydranet.data._damage import DamageError, check_length, check_rows

SIGNATURE = b"BM"

_UNCOMPRESSED = {0, 3, 6}


def check_bmp(data: bytes) -> None:
    """Raise DamageError unless a BMP file has as many bytes as its header says, and its rows were all written."""
    if len(data) < 54 or _number(data, 14) < 40:  # the oldest headers say less: left to the decoder
        return
    size, start = _number(data, 2), _number(data, 10)
    width, height = _number(data, 18), abs(_number(data, 22, signed=True))
    bits, compression = int.from_bytes(data[28:30], "little"), _number(data, 30)
    if compression not in _UNCOMPRESSED:
        check_length(len(data), start + _number(data, 34))
        return
    stride = (width * bits + 31) // 32 * 4
    end = start + stride * height
    check_length(len(data), end)
    if len(data) not in (end, size) and size:
        raise DamageError(f"it has {len(data):,} bytes, and {size:,} by its header")
    check_rows(data[start:end], stride)


def _number(data: bytes, place: int, *, signed: bool = False) -> int:
    return int.from_bytes(data[place : place + 4], "little", signed=signed)
