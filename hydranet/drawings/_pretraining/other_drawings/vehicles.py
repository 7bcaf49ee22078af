"""Vehicles for the pretext pictures."""

import itertools

import numpy as np

from hydranet.drawings._colours import (
    BLACK,
    BROWN,
    GREY,
    WHITE,
    any_colour,
    pick,
    shade,
)
from hydranet.drawings._geometry import ellipse
from hydranet.drawings._pen import Pen
from hydranet.drawings._pretraining.other_drawings.figures import collect_into
from hydranet.drawings._scene import Figure

VEHICLES: dict[str, Figure] = {}
_add = collect_into(VEHICLES)


def _wheels(pen: Pen, places: tuple[float, ...], y: float, radius: float) -> None:
    for x in places:
        pen.disc((x, y), radius, BLACK)
        pen.disc((x, y), 0.5 * radius, GREY)


@_add
def _car(pen: Pen, rng: np.random.Generator) -> None:
    paint, wide = any_colour(rng), rng.uniform(0.7, 1.0)
    pen.polygon([(-0.5 * wide, -0.1), (-0.35 * wide, -0.45), (0.25 * wide, -0.45), (0.5 * wide, -0.1)], paint)
    pen.polygon([(-0.4 * wide, -0.12), (-0.3 * wide, -0.38), (-0.06, -0.38), (-0.06, -0.12)], (190, 215, 235))
    pen.polygon([(0.38 * wide, -0.12), (0.22 * wide, -0.38), (0.0, -0.38), (0.0, -0.12)], (190, 215, 235))
    pen.rectangle((-0.85 * wide, -0.12), (0.85 * wide, 0.2), paint)
    _wheels(pen, (-0.5 * wide, 0.5 * wide), 0.2, 0.17)


@_add
def _lorry(pen: Pen, rng: np.random.Generator) -> None:
    pen.rectangle((-1, -0.7), (0.3, 0.15), any_colour(rng))
    cab = any_colour(rng)
    pen.polygon([(0.35, 0.15), (0.35, -0.45), (0.65, -0.45), (0.8, -0.1), (0.8, 0.15)], cab)
    pen.polygon([(0.5, -0.1), (0.5, -0.37), (0.62, -0.37), (0.72, -0.1)], (190, 215, 235))
    _wheels(pen, (-0.7, -0.4, 0.55), 0.2, 0.15)


@_add
def _bus(pen: Pen, rng: np.random.Generator) -> None:
    paint = any_colour(rng)
    pen.rectangle((-1, -0.5), (1, 0.25), paint)
    pen.rectangle((-1, 0.02), (1, 0.09), shade(paint, 0.6))
    for x in np.linspace(-0.9, 0.6, 5):
        pen.rectangle((x, -0.4), (x + 0.26, -0.08), (190, 215, 235))
    _wheels(pen, (-0.6, 0.6), 0.25, 0.17)


@_add
def _train(pen: Pen, rng: np.random.Generator) -> None:
    paint = any_colour(rng)
    pen.rectangle((-0.7, -0.7), (-0.2, 0.15), paint)
    pen.rectangle((-0.8, -0.8), (-0.1, -0.68), shade(paint, 0.5))
    pen.rectangle((-0.3, -0.35), (0.6, 0.15), shade(paint, 0.8))
    pen.polygon([(0.3, -0.35), (0.25, -0.7), (0.5, -0.7), (0.45, -0.35)], BLACK)
    pen.disc((0.5, -0.95), 0.15, (220, 220, 225))
    _wheels(pen, (-0.5, -0.05, 0.4), 0.22, 0.17)


@_add
def _bicycle(pen: Pen, rng: np.random.Generator) -> None:
    paint, w = any_colour(rng), rng.uniform(0.05, 0.09)
    for x in (-0.55, 0.55):
        rim = ellipse((x, 0), (0.36, 0.36), num_points=16)
        pen.limb(np.concatenate([rim, rim[:1]]), (w, w), BLACK)
    frame = [(-0.55, 0), (-0.2, -0.45), (0.35, -0.45), (0.0, 0), (-0.55, 0)]
    for start, end in itertools.pairwise(frame):
        pen.limb([start, end], (w, w), paint)
    pen.limb([(0.55, 0), (0.32, -0.65), (0.5, -0.68)], (w, w), paint)
    pen.limb([(0, 0), (-0.25, -0.6)], (w, w), paint)
    pen.ellipse((-0.26, -0.62), (0.16, 0.05), BLACK)


@_add
def _sailing_boat(pen: Pen, rng: np.random.Generator) -> None:
    sail = pick(rng, WHITE, any_colour(rng))
    pen.polygon([(-0.7, 0.1), (0.7, 0.1), (0.45, 0.45), (-0.45, 0.45)], any_colour(rng))
    pen.rectangle((-0.03, -1), (0.03, 0.1), BROWN)
    pen.polygon([(0.06, -1), (0.06, 0), (0.6, 0)], sail)
    pen.polygon([(-0.06, -0.8), (-0.06, 0), (-0.45, 0)], shade(sail, 0.85))


@_add
def _aeroplane(pen: Pen, rng: np.random.Generator) -> None:
    paint, wing = pick(rng, WHITE, GREY, any_colour(rng)), any_colour(rng)
    pen.polygon([(0.1, 0), (-0.35, -0.55), (-0.15, -0.55), (0.4, 0)], shade(wing, 0.8))
    pen.limb([(-0.9, -0.05), (0, 0), (0.85, 0.02)], (0.1, 0.28, 0.14), paint)
    pen.polygon([(0.15, 0.05), (-0.3, 0.6), (-0.05, 0.6), (0.45, 0.05)], wing)
    pen.polygon([(-0.85, -0.05), (-1, -0.42), (-0.82, -0.42), (-0.6, -0.08)], wing)


@_add
def _rocket(pen: Pen, rng: np.random.Generator) -> None:
    paint, fin = pick(rng, WHITE, GREY, any_colour(rng)), any_colour(rng)
    pen.polygon([(-0.12, 0.5), (0.12, 0.5), (0, rng.uniform(0.8, 1.2))], (240, 160, 40))
    pen.polygon([(-0.2, 0.1), (-0.45, 0.6), (0.45, 0.6), (0.2, 0.1)], fin)
    pen.blob([(0, -1), (0.24, -0.5), (0.22, 0.5), (-0.22, 0.5), (-0.24, -0.5)], paint)
    pen.disc((0, -0.3), 0.12, (120, 180, 220))


@_add
def _balloon(pen: Pen, rng: np.random.Generator) -> None:
    paint = any_colour(rng)
    for x in (-0.12, 0.12):
        pen.limb([(1.8 * x, 0.3), (x, 0.85)], (0.03, 0.03), BLACK)
    pen.blob(
        [(0, -0.8), (0.55, -0.4), (0.45, 0.1), (0.1, 0.45), (-0.1, 0.45), (-0.45, 0.1), (-0.55, -0.4)], paint
    )
    pen.ellipse((0, -0.15), (0.18, 0.62), shade(paint, 1.3))
    pen.rectangle((-0.15, 0.8), (0.15, 1.02), BROWN)
