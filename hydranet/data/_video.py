"""Frames of a video file, read by PyAV: the extra `video`."""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from hydranet.data._images import resize_image
from hydranet.errors import ImageError

VIDEO_SUFFIXES = (".mp4", ".mov", ".mkv", ".avi", ".webm", ".m4v", ".mpg", ".mpeg")
# Videos whose frames are kept while those of an example are read one after the other.
_NUM_KEPT = 8


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """One of several frames that are spread evenly over a video.

    Args:
        path: the video file.
        number: which of them, from 0.
        num_frames: how many there are.
    """

    path: Path
    number: int
    num_frames: int

    @property
    def name(self) -> str:
        """The path, and which frame it is."""
        return f"{self.path} (frame {self.number + 1} of {self.num_frames})"

    def content(self) -> bytes:
        """Height and width, as two int32, and the values of the pixels."""
        frame = _frames(self.path, self.path.stat().st_mtime_ns, self.num_frames)[self.number]
        return np.array(frame.shape[:2], np.int32).tobytes() + frame.tobytes()

    def pixels(self, content: bytes, image_size: tuple[int, int]) -> np.ndarray:
        """Resize it."""
        height, width = np.frombuffer(content, np.int32, 2).tolist()
        frame = np.frombuffer(content, np.uint8, offset=8).reshape(height, width, 3)
        return resize_image(frame, image_size)


@lru_cache(_NUM_KEPT)
def _frames(path: Path, changed_ns: int, num_frames: int) -> Sequence[np.ndarray]:
    """Return frames of a video, the first and the last among them: uint8 `(height, width, 3)` each, turned upright.

    One that has fewer frames gives some of them again.
    """
    if importlib.util.find_spec("av") is None:
        raise ImageError(f"{path} is a video, which needs PyAV: `pip install 'hydranet[video]'`.")
    import av

    try:
        with av.open(path) as file:
            count = sum(packet.pts is not None for packet in file.demux(video=0))
        wanted = np.linspace(0, max(count - 1, 0), num_frames).round().astype(int).tolist()
        with av.open(path) as file:
            decoded = {
                place: _upright(frame)
                for place, frame in enumerate(file.decode(video=0))
                if place in set(wanted)
            }
    except (av.FFmpegError, IndexError, OSError) as error:
        raise ImageError(f"{path} can't be read as a video: {error}.") from error
    if not decoded:
        raise ImageError(f"{path} can't be read as a video: it has no frame.")
    last = max(decoded)  # a damaged file may have fewer than it says
    return [decoded[min(place, last)] for place in wanted]


def _upright(frame: "object") -> np.ndarray:
    pixels: np.ndarray = frame.to_ndarray(format="rgb24")  # type: ignore[attr-defined]
    quarters = round(getattr(frame, "rotation", 0) / 90) % 4
    return np.ascontiguousarray(np.rot90(pixels, quarters))
