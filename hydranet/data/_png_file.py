"""PNG files: every part has a checksum, the CRC-32 of its name and content (ISO/IEC 15948, section 5)."""

import zlib

from hydranet.data._damage import DamageError

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def check_png(data: bytes) -> None:
    """Raise DamageError unless every part of a PNG file is whole, up to the last one.

    The decoder passes by the checksums, and takes a picture whose compressed rows are damaged for whole.
    """
    view, start = memoryview(data), len(SIGNATURE)
    while start + 12 <= len(data):
        kind = data[start + 4 : start + 8]
        end = start + 8 + int.from_bytes(view[start : start + 4], "big")
        if end + 4 > len(data):
            break
        if zlib.crc32(view[start + 4 : end]) != int.from_bytes(view[end : end + 4], "big"):
            raise DamageError(f"the part {kind!r} at byte {start:,} differs from its checksum")
        if kind == b"IEND":
            return
        start = end + 4
    raise DamageError(f"it ends at byte {len(data):,}, before its last part")
