"""Things from the house for the pretext pictures."""

import numpy as np

from hydranet.drawings._colours import BLACK, BROWN, CREAM, GREY, WHITE, any_colour, pick, shade
from hydranet.drawings._geometry import Point, Points, ellipse, limb, toward
from hydranet.drawings._pen import Pen
from hydranet.drawings._pretraining.other_drawings.figures import collect_into
from hydranet.drawings._scene import Figure

HOUSEHOLD: dict[str, Figure] = {}
_add = collect_into(HOUSEHOLD)


def _ring(center: Point, radius: float, width: float) -> Points:
    circle = ellipse(center, (radius, radius), num_points=16)
    return limb(np.concatenate([circle, circle[:1]]), (width, width))


@_add
def _cup(pen: Pen, rng: np.random.Generator) -> None:
    colour, taper = any_colour(rng), rng.uniform(0.28, 0.45)
    pen.polygon(_ring((0.45, 0), 0.22, 0.09), shade(colour, 0.85))
    pen.polygon([(-0.42, -0.4), (0.42, -0.4), (taper, 0.45), (-taper, 0.45)], colour)
    pen.ellipse((0, -0.4), (0.42, 0.1), shade(colour, 0.6))


@_add
def _bottle(pen: Pen, rng: np.random.Generator) -> None:
    colour = any_colour(rng)
    pen.blob(
        [
            (-0.1, -0.9),
            (0.1, -0.9),
            (0.1, -0.45),
            (0.28, -0.2),
            (0.28, 0.7),
            (-0.28, 0.7),
            (-0.28, -0.2),
            (-0.1, -0.45),
        ],
        colour,
    )
    pen.rectangle((-0.27, 0), (0.27, 0.4), pick(rng, WHITE, CREAM, any_colour(rng)))
    pen.rectangle((-0.12, -1), (0.12, -0.85), shade(colour, 0.5))


@_add
def _teapot(pen: Pen, rng: np.random.Generator) -> None:
    colour = any_colour(rng)
    pen.polygon(_ring((-0.5, 0), 0.26, 0.09), shade(colour, 0.85))
    pen.limb([(0.35, 0.15), (0.6, -0.05), (0.78, -0.35)], (0.24, 0.1), shade(colour, 0.9))
    pen.ellipse((0, 0.05), (0.52, 0.42), colour)
    pen.ellipse((0, -0.36), (0.26, 0.08), shade(colour, 0.8))
    pen.disc((0, -0.47), 0.08, shade(colour, 0.8))


@_add
def _clock(pen: Pen, rng: np.random.Generator) -> None:
    rim = any_colour(rng)
    pen.disc((0, 0), 0.7, rim)
    pen.disc((0, 0), 0.58, pick(rng, WHITE, CREAM))
    for angle in range(0, 360, 30):
        pen.disc(toward((0, 0), angle, 0.48), 0.04, BLACK)
    for length, width in ((0.3, 0.08), (0.44, 0.05)):
        pen.limb([(0, 0), toward((0, 0), rng.uniform(0, 360), length)], (width, width), BLACK)


@_add
def _lamp(pen: Pen, rng: np.random.Generator) -> None:
    pen.limb([(0, 0), (0, 0.8)], (0.07, 0.07), GREY)
    pen.ellipse((0, 0.85), (0.35, 0.09), GREY)
    pen.polygon([(-0.22, -0.55), (0.22, -0.55), (0.5, 0.05), (-0.5, 0.05)], any_colour(rng))


@_add
def _umbrella(pen: Pen, rng: np.random.Generator) -> None:
    colour = any_colour(rng)
    pen.limb([(0, -0.4), (0, 0.6), (0.12, 0.72), (0.22, 0.58)], (0.06, 0.06), BROWN)
    pen.blob(
        [(-0.8, 0), (-0.5, -0.5), (0, -0.7), (0.5, -0.5), (0.8, 0), (0.4, -0.1), (0, 0), (-0.4, -0.1)], colour
    )
    pen.polygon([(-0.25, -0.05), (0, -0.68), (0.25, -0.05)], shade(colour, 1.3))


@_add
def _key(pen: Pen, rng: np.random.Generator) -> None:
    colour = pick(rng, (210, 170, 70), GREY, BROWN)
    pen.polygon(_ring((-0.6, 0), 0.26, 0.13), colour)
    pen.limb([(-0.36, 0), (0.8, 0)], (0.12, 0.12), colour)
    for x in np.linspace(0.4, 0.74, int(rng.integers(2, 4))):
        pen.rectangle((x - 0.05, 0), (x + 0.05, rng.uniform(0.2, 0.32)), colour)


@_add
def _chair(pen: Pen, rng: np.random.Generator) -> None:
    colour = pick(rng, BROWN, any_colour(rng))
    for x in (-0.4, 0.4):
        pen.rectangle((x - 0.05, 0), (x + 0.05, 0.75), shade(colour, 0.8))
    pen.rectangle((-0.45, -0.9), (-0.34, 0), colour)
    pen.rectangle((-0.45, -0.06), (0.48, 0.08), colour)
    pen.polygon([(-0.34, -0.85), (-0.22, -0.8), (-0.22, -0.3), (-0.34, -0.3)], shade(colour, 1.2))


@_add
def _glasses(pen: Pen, rng: np.random.Generator) -> None:
    colour = pick(rng, BLACK, BROWN, any_colour(rng))
    for side in (-1, 1):
        pen.polygon(_ring((0.45 * side, 0), 0.32, 0.09), colour)
        pen.disc((0.45 * side, 0), 0.27, (200, 220, 235))
        pen.limb([(0.77 * side, -0.05), (0.98 * side, -0.25)], (0.07, 0.07), colour)
    pen.limb([(-0.15, -0.05), (0, -0.12), (0.15, -0.05)], (0.07, 0.07), colour)


@_add
def _scissors(pen: Pen, rng: np.random.Generator) -> None:
    grip, lean = any_colour(rng), rng.uniform(8, 32)
    for side in (-1, 1):
        pen.limb([(0, 0), toward((0, 0), 90 + side * lean, 0.9)], (0.14, 0.05), (190, 195, 200))
        end = toward((0, 0), -90 + side * lean, 0.45)
        pen.limb([(0, 0), end], (0.1, 0.1), grip)
        pen.polygon(_ring((end[0], end[1] + 0.15), 0.17, 0.1), grip)


@_add
def _hammer(pen: Pen, rng: np.random.Generator) -> None:
    pen.limb([(0, -0.5), (0, 0.9)], (0.12, 0.15), pick(rng, BROWN, any_colour(rng)))
    pen.polygon([(-0.4, -0.75), (0.25, -0.75), (0.5, -0.5), (0.2, -0.5), (-0.4, -0.45)], GREY)


@_add
def _spoon(pen: Pen, rng: np.random.Generator) -> None:
    colour = pick(rng, GREY, BROWN, (200, 200, 205))
    pen.limb([(0, -0.3), (0, 1)], (0.08, 0.12), colour)
    pen.ellipse((0, -0.5), (0.22, 0.34), colour)
    pen.ellipse((0, -0.5), (0.14, 0.25), shade(colour, 0.8))


@_add
def _guitar(pen: Pen, rng: np.random.Generator) -> None:
    colour = pick(rng, BROWN, any_colour(rng))
    pen.limb([(0, 0), (0, -1.1)], (0.12, 0.1), shade(BROWN, 0.6))
    pen.blob(
        [
            (0, -0.3),
            (0.28, -0.2),
            (0.2, 0.1),
            (0.42, 0.45),
            (0, 0.75),
            (-0.42, 0.45),
            (-0.2, 0.1),
            (-0.28, -0.2),
        ],
        colour,
    )
    pen.disc((0, 0.15), 0.13, BLACK)
    pen.rectangle((-0.1, -1.25), (0.1, -1.05), colour)


@_add
def _drum(pen: Pen, rng: np.random.Generator) -> None:
    colour, zigzag = any_colour(rng), pick(rng, WHITE, (230, 190, 80))
    pen.rectangle((-0.6, -0.3), (0.6, 0.45), colour)
    pen.ellipse((0, 0.45), (0.6, 0.16), colour)
    for x in np.linspace(-0.5, 0.3, 5):
        pen.limb([(x, -0.2), (x + 0.1, 0.45), (x + 0.2, -0.2)], (0.04, 0.04), zigzag)
    pen.ellipse((0, -0.3), (0.6, 0.16), CREAM)


@_add
def _gift(pen: Pen, rng: np.random.Generator) -> None:
    colour, band = any_colour(rng), any_colour(rng)
    pen.rectangle((-0.5, -0.3), (0.5, 0.55), colour)
    pen.rectangle((-0.56, -0.4), (0.56, -0.2), shade(colour, 0.85))
    pen.rectangle((-0.08, -0.4), (0.08, 0.55), band)
    for side in (-1, 1):
        pen.ellipse((0.22 * side, -0.52), (0.24, 0.12), band, 25 * side)


@_add
def _candle(pen: Pen, rng: np.random.Generator) -> None:
    pen.rectangle((-0.16, -0.3), (0.16, 0.7), pick(rng, WHITE, any_colour(rng)))
    pen.ellipse((0, 0.72), (0.4, 0.1), GREY)
    pen.blob([(0, -0.85), (0.12, -0.5), (0, -0.35), (-0.12, -0.5)], (245, 180, 60))


@_add
def _sock(pen: Pen, rng: np.random.Generator) -> None:
    colour, band = any_colour(rng), any_colour(rng)
    pen.limb([(0, -0.7), (0, 0.3), (0.45, 0.5)], (0.36, 0.38, 0.3), colour)
    for y in np.linspace(-0.6, -0.1, int(rng.integers(1, 4))):
        pen.rectangle((-0.18, y), (0.18, y + 0.1), band)


@_add
def _ladder(pen: Pen, rng: np.random.Generator) -> None:
    colour = pick(rng, BROWN, GREY, any_colour(rng))
    for x in (-0.3, 0.3):
        pen.limb([(x, -1), (1.2 * x, 1)], (0.08, 0.08), colour)
    for y in np.linspace(-0.8, 0.8, int(rng.integers(4, 8))):
        pen.limb([(-0.32, y), (0.32, y)], (0.06, 0.06), shade(colour, 0.8))
