"""Insects, frogs and other small animals for the pretext pictures."""

import numpy as np

from hydranet.drawings._colours import BLACK, BROWN, WHITE, any_colour, pick, shade
from hydranet.drawings._geometry import toward
from hydranet.drawings._pen import Pen
from hydranet.drawings._pretraining.other_drawings.figures import collect_into
from hydranet.drawings._scene import Figure

CRAWLERS: dict[str, Figure] = {}
_add = collect_into(CRAWLERS)


def _eye(pen: Pen, x: float, y: float, size: float = 0.05) -> None:
    pen.disc((x, y), size, WHITE)
    pen.disc((x, y), 0.6 * size, BLACK)


@_add
def _frog(pen: Pen, rng: np.random.Generator) -> None:
    colour = pick(rng, (90, 160, 60), (60, 120, 60), (150, 150, 60))
    for side in (-1, 1):
        pen.ellipse((0.42 * side, 0.3), (0.3, 0.2), shade(colour, 0.85), 30 * side)
        pen.ellipse((0.5 * side, 0.5), (0.25, 0.07), colour)
        pen.disc((0.24 * side, -0.42), 0.16, colour)
        _eye(pen, 0.24 * side, -0.44, 0.1)
    pen.ellipse((0, 0.15), (0.42, 0.38), shade(colour, 1.1))
    pen.ellipse((0, -0.15), (0.48, 0.32), colour)
    pen.limb([(-0.3, -0.08), (0, 0.02), (0.3, -0.08)], (0.03, 0.03), shade(colour, 0.4))


@_add
def _snake(pen: Pen, rng: np.random.Generator) -> None:
    colour, turns = any_colour(rng), int(rng.integers(4, 8))
    line = np.array([(0.35 * i, (0.25 if i % 2 else -0.25) * rng.uniform(0.6, 1.2)) for i in range(turns)])
    pen.limb(line, (0.08, 0.2, 0.2), colour)
    pen.ellipse(tuple(line[-1]), (0.17, 0.13), colour)
    _eye(pen, line[-1][0] + 0.04, line[-1][1] - 0.05, 0.035)


@_add
def _snail(pen: Pen, rng: np.random.Generator) -> None:
    colour, shell = pick(rng, BROWN, (190, 180, 120)), any_colour(rng)
    pen.limb([(-0.6, 0.4), (0.3, 0.4), (0.6, 0.1)], (0.1, 0.22, 0.18), colour)
    for size, light in ((0.42, 1.0), (0.3, 0.8), (0.19, 1.1), (0.09, 0.7)):
        pen.disc((-0.1 + 0.05 * size, 0.05), size, shade(shell, light))
    for lean in (0.05, 0.2):
        pen.limb([(0.6, 0.1), (0.6 + lean, -0.22)], (0.04, 0.05), colour)


@_add
def _butterfly(pen: Pen, rng: np.random.Generator) -> None:
    upper, lower, spot = any_colour(rng), any_colour(rng), any_colour(rng)
    wide = rng.uniform(0.6, 1.1)
    for side in (-1, 1):
        pen.ellipse((0.4 * side * wide, 0.3), (0.28 * wide, 0.3), lower, 25 * side)
        pen.ellipse((0.48 * side * wide, -0.25), (0.38 * wide, 0.42), upper, -30 * side)
        pen.disc((0.5 * side * wide, -0.3), 0.14, spot)
        pen.limb([(0, -0.5), (0.2 * side, -0.8)], (0.03, 0.03), BLACK)
    pen.ellipse((0, 0), (0.07, 0.5), BLACK)


@_add
def _beetle(pen: Pen, rng: np.random.Generator) -> None:
    colour = any_colour(rng)
    for side in (-1, 1):
        for y in (-0.25, 0.05, 0.35):
            pen.limb([(0, y), (0.5 * side, y - 0.1), (0.66 * side, y + 0.12)], (0.06, 0.04), BLACK)
    pen.disc((0, -0.5), 0.2, BLACK)
    pen.ellipse((0, 0.05), (0.42, 0.55), colour)
    pen.limb([(0, -0.48), (0, 0.58)], (0.03, 0.03), BLACK)
    for x, y in rng.uniform([0.1, -0.3], [0.3, 0.4], (int(rng.integers(0, 4)), 2)):
        pen.disc((x, y), 0.07, BLACK)
        pen.disc((-x, y), 0.07, BLACK)


@_add
def _bee(pen: Pen, rng: np.random.Generator) -> None:
    for lean in (100, 70):
        pen.ellipse(toward((0, -0.15), lean, 0.35), (0.16, 0.34), (215, 228, 240), lean - 90)
    pen.ellipse((0, 0), (0.5, 0.3), (236, 186, 50))
    for x in (-0.25, 0.0, 0.22):
        pen.limb([(x, -0.24), (x, 0.24)], (0.1, 0.1), BLACK)
    pen.disc((0.48, -0.05), 0.2, pick(rng, BLACK, (236, 186, 50)))
    _eye(pen, 0.54, -0.1)


@_add
def _spider(pen: Pen, rng: np.random.Generator) -> None:
    colour = pick(rng, BLACK, BROWN, any_colour(rng))
    for side in (-1, 1):
        for lift in (-0.5, -0.15, 0.2, 0.5):
            knee = (0.55 * side, lift - 0.2 + rng.normal(0, 0.05))
            pen.limb([(0, 0), knee, (0.85 * side, 1.2 * lift + 0.2)], (0.06, 0.04), colour)
    pen.disc((0, 0.2), 0.34, colour)
    pen.disc((0, -0.2), 0.2, shade(colour, 0.8))
    for side in (-1, 1):
        _eye(pen, 0.08 * side, -0.26, 0.05)
