"""What the bytes of a picture file show without being decoded: that it is not whole, or not to be used."""

# A file whose writing stopped on space that had been set aside ends in zeros. What is compressed does so otherwise only
# where it stands for one colour, and then there are as many in the rest.
_LEAST_EMPTY_SHARE = 0.1
_MOST_ZEROS_SHARE = 0.25
_MOST_BLACK_SHARE = 0.001


class DamageError(Exception):
    """A file is shorter than it says, or something in it does not agree with its checksum."""


class UnusableError(Exception):
    """A file is whole, but takes too long or too much memory to decode, or holds something else than colours."""


def check_length(received: int, expected: int, what: str = "it") -> None:
    """Raise DamageError if there are fewer bytes than a file says that there are."""
    if received < expected:
        raise DamageError(f"{what} has {received:,} bytes, and {expected:,} by its header")


def check_end(data: bytes) -> None:
    """Raise DamageError if compressed data break off, and zeros follow."""
    written = data.rstrip(b"\0") if data.endswith(b"\0") else data
    empty = len(data) - len(written)
    if empty > _LEAST_EMPTY_SHARE * len(data) and written.count(0) < _MOST_ZEROS_SHARE * len(written):
        raise DamageError(f"it breaks off: its last {empty:,} bytes are zeros")


def check_rows(rows: bytes, stride: int) -> None:
    """Raise DamageError if rows of pixels break off within one, and only zeros follow, of which there were none before.

    Args:
        rows: not compressed.
        stride: bytes in one of them.
    """
    written = rows.rstrip(b"\0") if rows.endswith(b"\0") else rows
    empty = len(rows) - len(written)
    missing = -len(written) % stride
    is_black_elsewhere = written.count(b"\0\0\0") > _MOST_BLACK_SHARE * len(written)
    if empty > _LEAST_EMPTY_SHARE * len(rows) and missing > 3 and not is_black_elsewhere:
        raise DamageError(f"it breaks off within a row: its last {empty:,} bytes are zeros")
