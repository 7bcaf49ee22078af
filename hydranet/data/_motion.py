"""How a view is moved against the plain picture, and with it everything that is known of places in the picture."""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Motion:
    """A mirrored picture, or a turned window of it that is enlarged again.

    A picture, a map over it and a box in it move alike, so that labels never stay behind.

    Args:
        image_size: `(height, width)` of the picture.
        flip: whether it is mirrored first, left to right.
        angle: by how much the window is turned, in radians.
        scale: the sides of the window, as a share of those of the picture, in (0, 1].
        top: where the window lies, from 0, the upper edge, to 1, the lower one.
        left: likewise.

    Example:
        >>> motion = Motion((160, 160), flip=True, scale=0.5)
        >>> motion.move_box(np.array([0.75, 0.0, 1.0, 0.25])).tolist()
        [0.0, 0.0, 0.5, 0.5]
    """

    image_size: tuple[int, int]
    flip: bool = False
    angle: float = 0.0
    scale: float = 1.0
    top: float = 0.0
    left: float = 0.0

    def move_picture(self, image: np.ndarray) -> np.ndarray:
        """Return a picture, float32 `(height, width, channels)`, interpolated linearly.

        Where a turned window looks past the border, the picture is reflected there.
        """
        return self._move(image, Image.Resampling.BILINEAR)

    def move_map(self, values: np.ndarray) -> np.ndarray:
        """Return a map over the picture, in which each position takes the value of its nearest one.

        Args:
            values: `(map_height, map_width, ...)` of any dtype and proportions; it lies over the whole picture.
        """
        height, width = values.shape[:2]
        # Where each position stands is what is moved, so that values may be of any kind.
        places = np.arange(height * width, dtype=np.int32).reshape(height, width, 1)
        places = self._move(places, Image.Resampling.NEAREST)[..., 0]
        moved: np.ndarray = values.reshape(height * width, *values.shape[2:])[places]
        return moved

    def move_box(self, box: np.ndarray) -> np.ndarray:
        """Return the upright box around a box that has moved, cut off at the edges; zeros if nothing of it is left.

        Args:
            box: `(4,)`: left, upper, right and lower edge, as shares of the picture's width and height.
        """
        x_min, y_min, x_max, y_max = box
        corners = self.move_points(np.array([(x, y) for x in (x_min, x_max) for y in (y_min, y_max)]))
        around = np.clip([*corners.min(axis=0), *corners.max(axis=0)], 0, 1)
        is_seen = around[0] < around[2] and around[1] < around[3]
        return np.asarray(around if is_seen else np.zeros(4), box.dtype)

    def move_points(self, points: np.ndarray) -> np.ndarray:
        """Return where points lie that may have left the picture: float64 `(num_points, 2)`.

        Args:
            points: x and y of each, as shares of the picture's width and height.
        """
        size = np.array(self.image_size[::-1])
        x, y = points.T
        places = np.stack([1 - x if self.flip else x, y], axis=1)
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        turned = ((places - self._centre) * size) @ np.array([[cos, sin], [-sin, cos]])
        return np.asarray(turned / (self.scale * size) + 0.5)

    @property
    def _centre(self) -> tuple[float, float]:
        """Where the middle of the window lies: x and y, as shares."""
        return tuple(self.scale / 2 + place * (1 - self.scale) for place in (self.left, self.top))  # type: ignore[return-value]

    def _move(self, values: np.ndarray, method: Image.Resampling) -> np.ndarray:
        values = values[:, ::-1] if self.flip else values
        return values if self.angle == 0 and self.scale == 1 else self._resample(values, method)

    def _resample(self, values: np.ndarray, method: Image.Resampling) -> np.ndarray:
        """Enlarge the window, in one resampling, so that nothing is blurred more often than needed."""
        height, width = values.shape[:2]
        down, right = height / self.image_size[0], width / self.image_size[1]  # positions per pixel
        # No corner of a turned window lies further outside, wherever in the picture the window is.
        outside = (math.hypot(*self.image_size) - min(self.image_size)) / 2
        above, beside = math.ceil(outside * down) + 1, math.ceil(outside * right) + 1
        cos, sin = self.scale * math.cos(self.angle), self.scale * math.sin(self.angle)
        across, along = sin * right / down, sin * down / right
        x, y = self._centre
        matrix = (
            *(cos, across, beside + x * width - cos * width / 2 - across * height / 2),
            *(-along, cos, above + y * height + along * width / 2 - cos * height / 2),
        )
        padded = np.pad(values, ((above, above), (beside, beside), (0, 0)), mode="symmetric")
        resampled = np.empty(values.shape, values.dtype)
        for index in range(values.shape[2]):
            channel = Image.fromarray(np.ascontiguousarray(padded[..., index]))
            channel = channel.transform((width, height), Image.Transform.AFFINE, matrix, method)
            resampled[..., index] = np.asarray(channel)
        return resampled
