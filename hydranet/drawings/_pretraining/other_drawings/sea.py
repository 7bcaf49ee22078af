"""Animals of the sea for the pretext pictures."""

import numpy as np

from hydranet.drawings._colours import BLACK, WHITE, any_colour, pick, shade
from hydranet.drawings._geometry import ellipse, star
from hydranet.drawings._pen import Pen
from hydranet.drawings._pretraining.other_drawings.figures import collect_into
from hydranet.drawings._scene import Figure

SEA: dict[str, Figure] = {}
_add = collect_into(SEA)


def _eye(pen: Pen, x: float, y: float, size: float = 0.05) -> None:
    pen.disc((x, y), size, WHITE)
    pen.disc((x, y), 0.6 * size, BLACK)


@_add
def _fish(pen: Pen, rng: np.random.Generator) -> None:
    colour, fin = any_colour(rng), any_colour(rng)
    tall = rng.uniform(0.2, 0.45)
    pen.polygon([(-0.4, 0), (-0.8, -tall), (-0.7, 0), (-0.8, tall)], fin)
    pen.polygon([(-0.2, -0.7 * tall), (0.0, -1.5 * tall), (0.25, -0.7 * tall)], fin)
    pen.ellipse((0, 0), (0.55, tall), colour)
    for x in np.linspace(-0.3, 0.2, int(rng.integers(1, 5))):
        pen.limb([(x, -0.7 * tall), (x + 0.04, 0.7 * tall)], (0.06, 0.06), fin)
    _eye(pen, 0.36, -0.25 * tall, 0.06)


@_add
def _shark(pen: Pen, rng: np.random.Generator) -> None:
    colour = pick(rng, (110, 130, 150), (90, 100, 120), (150, 150, 150))
    pen.blob([(0.9, 0), (0.3, -0.22), (-0.6, -0.06), (-0.6, 0.06), (0.3, 0.2)], colour)
    pen.polygon([(-0.1, -0.15), (0.05, -0.5), (0.25, -0.15)], shade(colour, 0.9))
    pen.polygon([(-0.55, 0), (-0.9, -0.4), (-0.72, 0), (-0.85, 0.3)], shade(colour, 0.9))
    pen.polygon([(0.2, 0.1), (0.05, 0.42), (0.35, 0.15)], shade(colour, 0.8))
    _eye(pen, 0.65, -0.06, 0.035)


@_add
def _whale(pen: Pen, rng: np.random.Generator) -> None:
    colour = pick(rng, (70, 100, 160), (90, 90, 110), (60, 130, 160))
    pen.blob([(0.7, 0.05), (0.4, -0.4), (-0.2, -0.3), (-0.7, -0.1), (-0.6, 0.1), (0.3, 0.35)], colour)
    pen.polygon([(-0.65, 0), (-1.05, -0.35), (-0.9, -0.1), (-1.1, 0.15)], colour)
    pen.ellipse((0.25, 0.2), (0.4, 0.12), shade(colour, 1.5))
    for lean in (-0.2, 0.2):
        pen.limb([(0.3, -0.38), (0.3 + lean, -0.75)], (0.05, 0.08), (190, 220, 240))
    _eye(pen, 0.5, -0.02, 0.04)


@_add
def _octopus(pen: Pen, rng: np.random.Generator) -> None:
    colour = any_colour(rng)
    for x in np.linspace(-0.45, 0.45, 7):
        pen.limb([(0.6 * x, 0.1), (x * 1.2, 0.5), (x * 1.5 + rng.normal(0, 0.1), 0.8)], (0.16, 0.06), colour)
    pen.ellipse((0, -0.2), (0.42, 0.5), colour)
    for side in (-1, 1):
        _eye(pen, 0.15 * side, -0.1, 0.09)


@_add
def _crab(pen: Pen, rng: np.random.Generator) -> None:
    colour = pick(rng, (210, 80, 50), (220, 130, 60), (80, 120, 160))
    for side in (-1, 1):
        for y in (0.1, 0.25, 0.4):
            pen.limb(
                [(0.3 * side, 0.1), (0.7 * side, y - 0.1), (0.85 * side, y + 0.25)], (0.08, 0.04), colour
            )
        pen.limb([(0.4 * side, 0), (0.75 * side, -0.2), (0.7 * side, -0.5)], (0.1, 0.1), colour)
        pen.polygon(star((0.7 * side, -0.6), 0.24, 0.12, 2, 45 * side), shade(colour, 0.85))
        pen.limb([(0.12 * side, -0.2), (0.14 * side, -0.42)], (0.04, 0.04), colour)
        _eye(pen, 0.14 * side, -0.45, 0.06)
    pen.ellipse((0, 0.05), (0.5, 0.32), colour)


@_add
def _starfish(pen: Pen, rng: np.random.Generator) -> None:
    colour = pick(rng, (230, 120, 60), (200, 70, 90), (220, 170, 80))
    pen.blob(star((0, 0), 0.7, rng.uniform(0.2, 0.32), 5), colour)
    for x, y in ellipse((0, 0), (0.3, 0.3), num_points=10):
        pen.disc((x, y), 0.04, shade(colour, 1.25))


@_add
def _jellyfish(pen: Pen, rng: np.random.Generator) -> None:
    colour = any_colour(rng)
    for x in np.linspace(-0.35, 0.35, 6):
        sway = rng.normal(0, 0.12, 3)
        line = [(x, 0), (x + sway[0], 0.35), (x + sway[1], 0.65), (x + sway[2], 0.95)]
        pen.limb(line, (0.07, 0.04), shade(colour, 0.8))
    pen.blob([(-0.5, 0.05), (-0.4, -0.35), (0, -0.55), (0.4, -0.35), (0.5, 0.05), (0, -0.04)], colour)
