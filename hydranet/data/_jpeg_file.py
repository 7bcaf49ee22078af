"""JPEG files: a row of segments, each a marker `FF xx` and mostly a length (ITU-T T.81, annex B).

There are no checksums. What the segments tell is how large the picture is, in how many scans it comes, and whether the
file ends where it should.
"""

import re
from dataclasses import dataclass
from itertools import islice

from hydranet.data._damage import DamageError, UnusableError

SIGNATURE = b"\xff\xd8\xff"

# The decoder goes over all coefficients in each scan, however few bytes it has. Encoders write about ten.
MAX_SCANS = 100
# Of the whole picture, before it is decoded at a reduced scale: more than any camera gives.
MAX_PIXELS = 400_000_000

_SCAN, _END = 0xDA, 0xD9
# C4, C8 and CC are something else.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
# Tables, restart intervals, comments and what applications note.
_OTHERS = {0xC4, 0xCC, 0xDB, 0xDC, 0xDD, 0xFE, *range(0xE0, 0xF0)}
# Within compressed data FF is followed by 00, and D0 to D7 restart the decoder.
_MARKER = re.compile(rb"\xff[\x02-\xcf\xd8-\xfe]")
_MOST_MARKERS = 2**18


@dataclass(frozen=True, slots=True)
class JpegFrame:
    """What a JPEG file says of itself.

    Args:
        width, height: in pixels.
        num_samples: of all components together, which are fewer than three for each pixel where colour is coarser.
        num_components: 3 for colour.
        is_buffered: whether the decoder must hold all of it at full size, as for progressive files.
    """

    width: int
    height: int
    num_samples: int
    num_components: int
    is_buffered: bool

    @property
    def buffered_pixels(self) -> int:
        """How many pixels of 8-bit RGB take as much memory as the decoder's coefficients of two bytes each."""
        return 2 * self.num_samples // 3 if self.is_buffered else 0


def read_jpeg(data: bytes) -> JpegFrame:
    """Return what a JPEG file says of itself.

    Raises:
        DamageError: its segments do not lead to its end, as where the rest of the file is missing or nothing but zeros.
        UnusableError: it has more than `MAX_SCANS` scans.
    """
    frame: JpegFrame | None = None
    position, num_scans, is_buffered = 2, 0, False
    for found in islice(_MARKER.finditer(data), _MOST_MARKERS):
        place = found.start()
        if place < position:  # within a segment
            continue
        marker = data[place + 1]
        if marker == _END:
            break
        position = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if marker in _OTHERS:
            continue
        if marker in _FRAMES:
            frame = _frame(data[place + 4 : position], marker in _PROGRESSIVE)
        elif marker != _SCAN:
            raise DamageError(f"there is an impossible marker FF {marker:02X} at byte {place:,}")
        elif frame is None or position > len(data):
            raise DamageError(f"the scan at byte {place:,} has no header")
        else:
            num_scans += 1
            is_buffered = is_buffered or frame.is_buffered or data[place + 4] < frame.num_components
    else:
        raise DamageError(f"it ends at byte {len(data):,} without the marker of its end")
    if frame is None or not num_scans:
        raise DamageError("it holds no picture")
    if num_scans > MAX_SCANS:
        raise UnusableError(f"it has {num_scans:,} scans, expected at most {MAX_SCANS}")
    return JpegFrame(frame.width, frame.height, frame.num_samples, frame.num_components, is_buffered)


def _frame(header: bytes, is_progressive: bool) -> JpegFrame:
    if len(header) < 6 or len(header) < 6 + 3 * header[5]:
        raise DamageError("its header is not whole")
    height, width = int.from_bytes(header[1:3], "big"), int.from_bytes(header[3:5], "big")
    factors = [(byte >> 4, byte & 15) for byte in header[7 : 6 + 3 * header[5] : 3]]
    most = max((across for across, _ in factors), default=0) * max((down for _, down in factors), default=0)
    samples = sum(across * down for across, down in factors) * width * height // max(most, 1)
    return JpegFrame(width, height, samples, header[5], is_progressive)
