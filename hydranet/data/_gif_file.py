"""GIF files: blocks of at most 255 bytes, each with its length before it (GIF89a specification, 1990)."""

from typing import Any

from hydranet.data._damage import DamageError

SIGNATURES = (b"GIF87a", b"GIF89a")

_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B


def check_gif(data: bytes) -> int:
    """Return how many colours the first frame has, once the blocks of all frames are found to lead to the file's end.

    Raises:
        DamageError: they do not.
    """
    try:
        return _walk(data)
    except IndexError:
        raise DamageError(f"it ends at byte {len(data):,}, before its last block") from None


def check_colours(file: Any, num_colours: int) -> None:
    """Raise DamageError if a pixel of the decoded first frame names a colour that there is not."""
    if file.mode in ("P", "L") and (highest := file.getextrema()[1]) >= num_colours:
        raise DamageError(f"a pixel has the colour {highest} of {num_colours}")


def _walk(data: bytes) -> int:
    global_colours = _num_colours(data[10])
    position = 13 + 3 * global_colours
    colours = 0
    while (kind := data[position]) != _TRAILER:
        if kind == _IMAGE:
            local = _num_colours(data[position + 9])
            colours = colours or local or global_colours
            position += 11 + 3 * local
        elif kind == _EXTENSION:
            position += 2
        else:
            raise DamageError(f"there is an impossible block {kind:02X} at byte {position:,}")
        while size := data[position]:
            position += 1 + size
        position += 1
    return colours or 256


def _num_colours(flags: int) -> int:
    return 2 << (flags & 7) if flags & 0x80 else 0
