"""Plain shapes and patterns for the pretext pictures."""

import numpy as np

from hydranet.drawings._colours import BLACK, BROWN, GREY, WHITE, Colour, any_colour, pick, shade
from hydranet.drawings._geometry import Point, limb, smooth, star, toward
from hydranet.drawings._pen import Pen
from hydranet.drawings._pretraining.other_drawings.figures import collect_into
from hydranet.drawings._scene import Figure

SHAPES: dict[str, Figure] = {}
_add = collect_into(SHAPES)


@_add
def _heart(pen: Pen, rng: np.random.Generator) -> None:
    pen.blob(
        [
            (0, -0.3),
            (0.35, -0.55),
            (0.65, -0.2),
            (0.35, 0.3),
            (0, 0.65),
            (-0.35, 0.3),
            (-0.65, -0.2),
            (-0.35, -0.55),
        ],
        any_colour(rng),
    )


@_add
def _star(pen: Pen, rng: np.random.Generator) -> None:
    pen.polygon(star((0, 0), 0.8, rng.uniform(0.28, 0.42), 5), any_colour(rng))


@_add
def _gear(pen: Pen, rng: np.random.Generator) -> None:
    colour = any_colour(rng)
    for angle in np.linspace(0, 360, int(rng.integers(7, 12)), endpoint=False):
        pen.limb([(0, 0), toward((0, 0), float(angle), 0.75)], (0.16, 0.16), colour)
    pen.disc((0, 0), 0.6, colour)
    pen.disc((0, 0), 0.22, shade(colour, 0.3))


@_add
def _crescent(pen: Pen, rng: np.random.Generator) -> None:
    outer = [toward((0, 0), angle, 0.8) for angle in range(50, 311, 20)]
    inner = [toward((0.25, 0), angle, 0.6) for angle in range(300, 59, -20)]
    pen.polygon(outer + inner, any_colour(rng))


@_add
def _spiral(pen: Pen, rng: np.random.Generator) -> None:
    turns = np.linspace(0, rng.uniform(3, 5) * np.pi, 40)
    line = np.stack([np.cos(turns), np.sin(turns)], axis=1) * (0.08 + 0.06 * turns[:, None])
    pen.polygon(limb(line, (0.08, 0.1)), any_colour(rng))


@_add
def _branches(pen: Pen, rng: np.random.Generator) -> None:
    colour, lean = pick(rng, BROWN, BLACK, any_colour(rng)), rng.uniform(18, 40)
    tips: list[tuple[Point, float]] = [((0.0, 0.0), 90.0)]
    for level in range(5):
        grown: list[tuple[Point, float]] = []
        for start, angle in tips:
            end = toward(start, angle, 0.5 * 0.72**level)
            pen.limb([start, end], (0.1 * 0.7**level, 0.08 * 0.7**level), colour)
            grown += [(end, angle - lean), (end, angle + lean)]
        tips = grown


@_add
def _chessboard(pen: Pen, rng: np.random.Generator) -> None:
    first, second, count = any_colour(rng), any_colour(rng), int(rng.integers(3, 7))
    for i in range(count):
        for j in range(count):
            pen.rectangle((i, j), (i + 1, j + 1), first if (i + j) % 2 else second)


@_add
def _bricks(pen: Pen, rng: np.random.Generator) -> None:
    brick = pick(rng, (180, 90, 60), any_colour(rng))
    pen.rectangle((-0.1, -0.1), (4.1, 3.1), pick(rng, WHITE, GREY))
    for row in range(5):
        for column in range(4):
            x = max(column - 0.5 * (row % 2), 0.0)
            pen.rectangle(
                (x + 0.05, 0.6 * row + 0.05), (column + 0.95 - 0.5 * (row % 2), 0.6 * row + 0.55), brick
            )


@_add
def _target(pen: Pen, rng: np.random.Generator) -> None:
    first, second = any_colour(rng), any_colour(rng)
    for number, radius in enumerate(np.linspace(0.8, 0.15, int(rng.integers(3, 6)))):
        pen.disc((0, 0), float(radius), second if number % 2 else first)


@_add
def _pebbles(pen: Pen, rng: np.random.Generator) -> None:
    colour: Colour = any_colour(rng)
    for x, y in rng.uniform(-0.9, 0.9, (14, 2)):
        pen.polygon(smooth(rng.normal((x, y), 0.16, (5, 2))), shade(colour, rng.uniform(0.6, 1.3)))
