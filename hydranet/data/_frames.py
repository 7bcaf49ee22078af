"""The pictures of an example in a folder of frames or a video."""

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hydranet.data._absent import AbsentPicture
from hydranet.data._listing import list_pictures
from hydranet.data._pictures import Picture, PictureFile, nearest_file
from hydranet.data._source import Pictures
from hydranet.data._video import VIDEO_SUFFIXES, VideoFrame
from hydranet.errors import DataError
from hydranet.naming import listed


def is_film(path: Path) -> bool:
    """Tell whether a path is a folder, or has the suffix of a video."""
    return path.is_dir() or path.suffix.lower() in VIDEO_SUFFIXES


def read_film(path: Path, example_shape: tuple[int, ...]) -> Pictures:
    """Return the pictures of an example, nested as its shape says.

    Of more frames than steps, those are taken that are spread evenly over all, the first and the last among them; where
    there are fewer, the last steps have no picture.

    Args:
        path: a folder of frames, in the order of their names, in which numbers count as such; with `(steps, cameras)`
            one of a folder or a video for each camera, in the order of their names. Or a video, which has one camera.
        example_shape: `(steps,)` or `(steps, cameras)`.

    Raises:
        DataError: it is nothing of this kind, or has another number of cameras.
    """
    if len(example_shape) == 1:
        return _read_camera(path, *example_shape)
    num_steps, num_cameras = example_shape
    cameras = sorted(filter(is_film, path.iterdir()), key=_in_order) if path.is_dir() else []
    if len(cameras) != num_cameras:
        raise DataError(
            f"{path} has {len(cameras)} camera(s): received {listed(each.name for each in cameras) or 'none'}, "
            f"expected {num_cameras} folders of frames or videos."
        )
    by_camera = [_read_camera(camera, num_steps) for camera in cameras]
    return [list(step) for step in zip(*by_camera, strict=True)]


def check_film_shape(example_shape: tuple[int, ...]) -> str:
    """Return why films can't have a shape, or an empty string."""
    if len(example_shape) in (1, 2) and math.prod(example_shape) > 0:
        return ""
    return f"shape must be [steps] or [steps, cameras]: received {list(example_shape)}."


def _read_camera(path: Path, num_steps: int) -> Sequence[Picture]:
    if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file():
        return [VideoFrame(path, step, num_steps) for step in range(num_steps)]
    if not path.is_dir():
        raise DataError(f"{path} is neither a folder of frames nor a video.{nearest_file(path)}")
    frames = sorted(list_pictures(path).pictures, key=_in_order)
    if not frames:
        raise DataError(f"{path} holds no frames: expected picture files.")
    places = np.linspace(0, len(frames) - 1, min(num_steps, len(frames))).round().astype(int)
    taken: list[Picture] = [PictureFile(frames[place]) for place in places]
    return [*taken, *[AbsentPicture()] * (num_steps - len(taken))]


def _in_order(path: Path) -> list[tuple[int, str]]:
    """Return what sorts frame_2 before frame_10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", str(path))]
