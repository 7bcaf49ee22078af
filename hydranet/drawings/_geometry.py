"""Outlines of simple shapes as points: `(n, 2)` float arrays, x to the right and y downwards."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Point = tuple[float, float]


def toward(start: Point, angle: float, length: float) -> Point:
    """Return the point `length` away from `start`; `angle` in degrees, 0 to the right and 90 upwards."""
    radians = np.deg2rad(angle)
    return (start[0] + length * float(np.cos(radians)), start[1] - length * float(np.sin(radians)))


def between(start: Point, end: Point, fraction: float) -> Point:
    """Return the point at `fraction` of the way from `start` to `end`."""
    return (start[0] + fraction * (end[0] - start[0]), start[1] + fraction * (end[1] - start[1]))


def ellipse(center: Point, radii: Point, angle: float = 0.0, num_points: int = 20) -> Points:
    """Return the outline of an ellipse, turned counter-clockwise by `angle` degrees."""
    turns = np.linspace(0, 2 * np.pi, num_points, endpoint=False)
    outline = np.stack([radii[0] * np.cos(turns), radii[1] * np.sin(turns)], axis=1)
    return np.asarray(rotate(outline, angle) + center, float)


def rotate(points: Points, angle: float) -> Points:
    """Turn points counter-clockwise, as seen, by `angle` degrees around the origin."""
    radians = np.deg2rad(angle)
    cosine, sine = np.cos(radians), np.sin(radians)
    return np.asarray(points @ np.array([[cosine, -sine], [sine, cosine]]), float)


def star(center: Point, outer: float, inner: float, num_tips: int, angle: float = 0.0) -> Points:
    """Return a star's outline; with `inner` = `outer`, a regular polygon of `2 * num_tips` corners."""
    turns = np.pi * np.arange(2 * num_tips) / num_tips - np.pi / 2
    radii = np.where(np.arange(2 * num_tips) % 2, inner, outer)
    outline = np.stack([radii * np.cos(turns), radii * np.sin(turns)], axis=1)
    return np.asarray(rotate(outline, angle) + center, float)


def smooth(points: Sequence[Point] | Points, steps: int = 4) -> Points:
    """Return the closed Catmull–Rom curve through `points`."""
    knots = np.asarray(points, float)
    return _catmull_rom(np.roll(knots, 1, 0), knots, np.roll(knots, -1, 0), np.roll(knots, -2, 0), steps)


def smooth_line(points: Sequence[Point] | Points, steps: int = 4) -> Points:
    """Return the open Catmull–Rom curve through `points`, first and last included."""
    knots = np.asarray(points, float)
    if len(knots) < 3:
        return knots
    ends = np.concatenate([knots[:1], knots, knots[-1:]])
    curve = _catmull_rom(ends[:-3], ends[1:-2], ends[2:-1], ends[3:], steps)
    return np.concatenate([curve, knots[-1:]])


def limb(points: Sequence[Point] | Points, widths: Sequence[float] | Points) -> Points:
    """Return the outline of a round-ended strip along `points` that is `widths` wide from start to end."""
    middle = smooth_line(points)
    along = np.linspace(0, 1, len(middle))
    half = np.interp(along, np.linspace(0, 1, len(widths)), widths)[:, None] / 2
    direction = np.gradient(middle, axis=0)
    direction /= np.maximum(np.hypot(direction[:, :1], direction[:, 1:]), 1e-9)
    normal = direction[:, ::-1] * [1, -1]
    left, right = middle + half * normal, middle - half * normal
    return np.concatenate(
        [
            left,
            _cap(middle[-1], half[-1], normal[-1], direction[-1]),
            right[::-1],
            _cap(middle[0], half[0], -normal[0], -direction[0]),
        ]
    )


def _cap(center: Points, radius: Points, normal: Points, direction: Points) -> Points:
    turns = np.deg2rad([[45.0], [90.0], [135.0]])
    return center + radius * (np.cos(turns) * normal + np.sin(turns) * direction)


def _catmull_rom(before: Points, start: Points, end: Points, after: Points, steps: int) -> Points:
    t = (np.arange(steps) / steps)[None, :, None]
    p0, p1, p2, p3 = (knots[:, None, :] for knots in (before, start, end, after))
    curve = (
        2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )
    return np.asarray(curve / 2, float).reshape(-1, 2)
