"""Buildings and weather for the pretext pictures."""

import numpy as np

from hydranet.drawings._colours import CREAM, GREY, WHITE, any_colour, pick, shade
from hydranet.drawings._geometry import star, toward
from hydranet.drawings._pen import Pen
from hydranet.drawings._pretraining.other_drawings.figures import collect_into
from hydranet.drawings._scene import Figure

OUTDOORS: dict[str, Figure] = {}
_add = collect_into(OUTDOORS)


@_add
def _house(pen: Pen, rng: np.random.Generator) -> None:
    wall, roof, wide = any_colour(rng), any_colour(rng), rng.uniform(0.45, 0.8)
    pen.rectangle((-wide, -0.5), (wide, 0.4), wall)
    pen.polygon([(-wide - 0.12, -0.5), (0, -1.05), (wide + 0.12, -0.5)], roof)
    pen.rectangle((-0.1, 0), (0.12, 0.4), shade(roof, 0.7))
    for x in (-0.6, 0.6):
        pen.rectangle((x * wide - 0.1, -0.3), (x * wide + 0.1, -0.08), (190, 215, 235))


@_add
def _tower(pen: Pen, rng: np.random.Generator) -> None:
    wall = pick(rng, GREY, (180, 150, 110), any_colour(rng))
    pen.rectangle((-0.28, -1), (0.28, 0.6), wall)
    for x in (-0.3, -0.06, 0.18):
        pen.rectangle((x, -1.18), (x + 0.13, -0.98), wall)
    for y in (-0.75, -0.35, 0.05):
        pen.rectangle((-0.06, y), (0.06, y + 0.18), shade(wall, 0.4))


@_add
def _windmill(pen: Pen, rng: np.random.Generator) -> None:
    wall, turn = any_colour(rng), rng.uniform(0, 90)
    pen.polygon([(-0.35, 0.9), (-0.2, -0.2), (0.2, -0.2), (0.35, 0.9)], wall)
    pen.polygon([(-0.24, -0.2), (0, -0.45), (0.24, -0.2)], shade(wall, 0.6))
    for angle in turn + 90 * np.arange(4):
        pen.limb([(0, -0.2), toward((0, -0.2), angle, 0.75)], (0.04, 0.18), pick(rng, WHITE, CREAM))


@_add
def _snowflake(pen: Pen, rng: np.random.Generator) -> None:
    colour, width = pick(rng, WHITE, (180, 210, 240), any_colour(rng)), rng.uniform(0.05, 0.1)
    for angle in range(0, 360, 60):
        pen.limb([(0, 0), toward((0, 0), angle, 0.8)], (width, width), colour)
        fork = toward((0, 0), angle, 0.5)
        for lean in (-45, 45):
            pen.limb([fork, toward(fork, angle + lean, 0.28)], (width, width), colour)


@_add
def _sun(pen: Pen, rng: np.random.Generator) -> None:
    colour = pick(rng, (250, 200, 60), (240, 130, 50), (250, 230, 120))
    pen.polygon(star((0, 0), 1.0, 0.6, int(rng.integers(8, 16))), colour)
    pen.disc((0, 0), 0.52, shade(colour, 0.9))


@_add
def _cloud(pen: Pen, rng: np.random.Generator) -> None:
    colour = pick(rng, WHITE, GREY, (200, 210, 225))
    for x in np.linspace(-0.6, 0.6, 5):
        pen.disc((x, rng.normal(-0.1, 0.08)), rng.uniform(0.2, 0.36), colour)
    pen.rectangle((-0.6, -0.05), (0.6, 0.2), colour)
