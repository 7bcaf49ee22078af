"""A pen that collects coloured shapes in a figure's own coordinates, to be placed and painted later."""

from collections.abc import Sequence

import numpy as np
from PIL import ImageDraw

from hydranet.drawings import _geometry as geometry
from hydranet.drawings._colours import Colour
from hydranet.drawings._geometry import Point, Points


class Pen:
    """The shapes of one figure, from back to front, in any unit: `place` fits them into a frame.

    Attributes:
        shapes: each shape's outline and colour, in the order in which they are painted.
    """

    def __init__(self) -> None:
        self.shapes: list[tuple[Points, Colour]] = []

    def polygon(self, points: Sequence[Point] | Points, colour: Colour) -> None:
        """Add a shape with straight edges."""
        self.shapes.append((np.asarray(points, float), colour))

    def blob(self, points: Sequence[Point] | Points, colour: Colour) -> None:
        """Add a round shape through `points`."""
        self.polygon(geometry.smooth(points), colour)

    def ellipse(self, center: Point, radii: Point, colour: Colour, angle: float = 0.0) -> None:
        """Add an ellipse, turned counter-clockwise by `angle` degrees."""
        self.polygon(geometry.ellipse(center, radii, angle), colour)

    def disc(self, center: Point, radius: float, colour: Colour) -> None:
        """Add a circle."""
        self.polygon(geometry.ellipse(center, (radius, radius), num_points=16), colour)

    def rectangle(self, corner: Point, opposite: Point, colour: Colour) -> None:
        """Add an upright rectangle between two opposite corners."""
        (left, top), (right, bottom) = corner, opposite
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], colour)

    def limb(self, points: Sequence[Point] | Points, widths: Sequence[float], colour: Colour) -> None:
        """Add a round-ended strip along `points`, `widths` wide from start to end."""
        self.polygon(geometry.limb(points, widths), colour)

    def place(self, rng: np.random.Generator, frame: int, fill: tuple[float, float], tilt: float) -> None:
        """Turn, stretch and mirror the figure by chance and move it into a square of `frame` pixels.

        Args:
            rng: where chance comes from.
            frame: side of the square in pixels.
            fill: smallest and largest share of the frame that the figure's longer side takes.
            tilt: standard deviation of the turn in degrees.
        """
        turn = geometry.rotate(np.eye(2), rng.normal(0, tilt))
        stretch = np.diag([(-1) ** int(rng.integers(2)), 1.0]) * np.exp(rng.normal(0, 0.06, 2))
        shapes = [(outline @ turn @ stretch, colour) for outline, colour in self.shapes]
        low, high = _bounds(shapes)
        scale = rng.uniform(*fill) * frame / max(high - low)
        slack = np.maximum(frame - scale * (high - low), 0.06 * frame)
        center = frame / 2 + rng.uniform(-0.5, 0.5, 2) * slack
        origin = center - scale * (low + high) / 2
        self.shapes = [(outline * scale + origin, colour) for outline, colour in shapes]

    def bounds(self) -> tuple[Points, Points]:
        """Return the smallest and the largest x and y of the figure."""
        return _bounds(self.shapes)

    def paint(self, draw: ImageDraw.ImageDraw, outline: Colour | None = None, width: int = 3) -> None:
        """Paint the shapes, with one `outline` around the whole figure if a colour for it is given."""
        flat = [(points.ravel().tolist(), colour) for points, colour in self.shapes]
        if outline is not None:
            for points, _ in flat:
                draw.line(points + points[:2], fill=outline, width=width)
        for points, colour in flat:
            draw.polygon(points, fill=colour)


def _bounds(shapes: list[tuple[Points, Colour]]) -> tuple[Points, Points]:
    everything = np.concatenate([outline for outline, _ in shapes])
    return everything.min(axis=0), everything.max(axis=0)
