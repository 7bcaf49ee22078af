"""WebP files: RIFF chunks with their lengths (RFC 9649)."""

from hydranet.data._damage import DamageError, check_end, check_length

_HEADER = 12


def is_webp(data: bytes) -> bool:
    """Return whether a file begins as WebP files do."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def check_webp(data: bytes) -> None:
    """Raise DamageError unless a WebP file has as many bytes as it says, its parts end within, and all were written."""
    end = 8 + int.from_bytes(data[4:8], "little")
    check_length(len(data), end)
    if len(data) > end + end % 2:
        raise DamageError(f"it has {len(data):,} bytes, and {end:,} by its header")
    start = _HEADER
    while start < end:
        size = int.from_bytes(data[start + 4 : start + 8], "little")
        if start + 8 + size > end:
            raise DamageError(
                f"the part {data[start : start + 4]!r} at byte {start:,} is longer than the file"
            )
        start += 8 + size + size % 2
    check_end(data)
