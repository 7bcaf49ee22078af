"""AVIF and HEIC files: boxes with their lengths, the first of which names brands (ISO/IEC 14496-12, section 4)."""

from collections.abc import Callable

from hydranet.data._damage import DamageError, check_end, check_length


def has_brand(*brands: bytes) -> Callable[[bytes], bool]:
    """Return what tells whether a file begins with a box that names one of `brands`."""

    def recognises(data: bytes) -> bool:
        if data[4:8] != b"ftyp":
            return False
        end = min(int.from_bytes(data[:4], "big"), 256)
        named = {data[8:12], *(data[start : start + 4] for start in range(16, end, 4))}
        return not named.isdisjoint(brands)

    return recognises


def check_boxes(data: bytes) -> None:
    """Raise DamageError unless the boxes of a file follow each other to its end, and were filled to it."""
    start = 0
    while start < len(data):
        size = int.from_bytes(data[start : start + 4], "big")
        if size == 1:
            size = int.from_bytes(data[start + 8 : start + 16], "big")
        size = size or len(data) - start  # 0: as long as the file
        if size < 8:
            raise DamageError(f"there is an impossible part at byte {start:,}")
        check_length(len(data), start + size)
        start += size
    check_end(data)
