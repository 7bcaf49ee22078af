"""Birds for the pretext pictures."""

import numpy as np

from hydranet.drawings._colours import BLACK, BROWN, WHITE, Colour, any_colour, pick, shade
from hydranet.drawings._geometry import toward
from hydranet.drawings._pen import Pen
from hydranet.drawings._pretraining.other_drawings.figures import collect_into
from hydranet.drawings._scene import Figure

BIRDS: dict[str, Figure] = {}
_add = collect_into(BIRDS)

_BEAK: Colour = (236, 160, 50)


def _eye(pen: Pen, x: float, y: float, size: float = 0.05) -> None:
    pen.disc((x, y), size, WHITE)
    pen.disc((x, y), 0.6 * size, BLACK)


@_add
def _songbird(pen: Pen, rng: np.random.Generator) -> None:
    colour, belly = any_colour(rng), any_colour(rng)
    pen.polygon([(-0.3, 0), (-0.85, rng.uniform(-0.3, 0.2)), (-0.75, 0.2), (-0.2, 0.2)], shade(colour, 0.8))
    for x in (-0.05, 0.1):
        pen.limb([(x, 0.2), (x, 0.55)], (0.03, 0.03), _BEAK)
    pen.ellipse((0, 0), (0.42, 0.3), colour, 20)
    pen.ellipse((0.12, 0.1), (0.24, 0.18), belly)
    pen.disc((0.36, -0.3), 0.2, colour)
    pen.polygon([(0.52, -0.36), (0.74, -0.28), (0.52, -0.2)], _BEAK)
    pen.ellipse((-0.1, 0), (0.26, 0.14), shade(colour, 0.7), rng.uniform(-60, 30))
    _eye(pen, 0.42, -0.35, 0.045)


@_add
def _flying_bird(pen: Pen, rng: np.random.Generator) -> None:
    colour, lift = pick(rng, BLACK, BROWN, WHITE, any_colour(rng)), rng.uniform(-0.2, 0.5)
    pen.blob([(0, -0.08), (0.5, -lift - 0.15), (1, -lift + 0.15), (0.4, 0.02)], colour)
    pen.blob([(0, -0.08), (-0.5, -lift - 0.15), (-1, -lift + 0.15), (-0.4, 0.02)], shade(colour, 0.85))
    pen.ellipse((0, 0.05), (0.12, 0.3), colour)
    pen.polygon([(-0.05, -0.22), (0, -0.4), (0.05, -0.22)], _BEAK)


@_add
def _duck(pen: Pen, rng: np.random.Generator) -> None:
    colour, head = pick(rng, WHITE, BROWN, (230, 200, 60)), any_colour(rng)
    pen.blob([(-0.7, -0.25), (-0.4, 0.1), (0.1, 0.25), (0.5, 0.1), (0.45, -0.15), (-0.2, -0.1)], colour)
    pen.limb([(0.35, 0), (0.42, -0.35)], (0.22, 0.16), head)
    pen.disc((0.45, -0.45), 0.18, head)
    pen.ellipse((0.7, -0.42), (0.14, 0.06), _BEAK)
    pen.ellipse((-0.1, 0.02), (0.26, 0.12), shade(colour, 0.85), -10)
    _eye(pen, 0.5, -0.5, 0.04)


@_add
def _penguin(pen: Pen, rng: np.random.Generator) -> None:
    colour, lift = pick(rng, BLACK, (50, 60, 90)), rng.uniform(5, 60)
    for side in (-1, 1):
        pen.limb(
            [(0.28 * side, -0.2), toward((0.28 * side, -0.2), -90 + side * lift, 0.5)], (0.16, 0.08), colour
        )
        pen.ellipse((0.14 * side, 0.62), (0.15, 0.06), _BEAK)
    pen.ellipse((0, 0), (0.36, 0.62), colour)
    pen.ellipse((0, 0.12), (0.25, 0.46), WHITE)
    pen.polygon([(-0.07, -0.38), (0.07, -0.38), (0, -0.26)], _BEAK)
    for side in (-1, 1):
        _eye(pen, 0.1 * side, -0.44, 0.05)


@_add
def _owl(pen: Pen, rng: np.random.Generator) -> None:
    colour = pick(rng, BROWN, WHITE, (120, 110, 100), (160, 120, 80))
    pen.polygon([(-0.32, -0.3), (-0.34, -0.66), (0, -0.45), (0.34, -0.66), (0.32, -0.3)], colour)
    pen.ellipse((0, 0.05), (0.4, 0.6), colour)
    pen.ellipse((0, 0.25), (0.26, 0.35), shade(colour, 1.25))
    for side in (-1, 1):
        pen.ellipse((0.36 * side, 0.15), (0.12, 0.4), shade(colour, 0.75), 10 * side)
        pen.disc((0.17 * side, -0.2), 0.17, WHITE)
        pen.disc((0.17 * side, -0.2), 0.1, _BEAK)
        pen.disc((0.17 * side, -0.2), 0.06, BLACK)
    pen.polygon([(-0.06, -0.1), (0.06, -0.1), (0, 0.06)], _BEAK)


@_add
def _flamingo(pen: Pen, rng: np.random.Generator) -> None:
    colour = pick(rng, (240, 140, 160), (250, 170, 170))
    for x in (-0.1, 0.1):
        pen.limb([(x, 0), (x + rng.normal(0, 0.1), 0.45), (x, 0.9)], (0.05, 0.04), shade(colour, 0.85))
    pen.ellipse((0, -0.1), (0.4, 0.24), colour, 15)
    pen.limb([(0.3, -0.1), (0.52, -0.4), (0.34, -0.7), (0.5, -0.95)], (0.14, 0.09), colour)
    pen.disc((0.5, -0.98), 0.1, colour)
    pen.limb([(0.56, -0.98), (0.72, -0.86)], (0.08, 0.04), BLACK)
