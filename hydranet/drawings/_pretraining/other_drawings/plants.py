"""Plants and things to eat for the pretext pictures."""

import numpy as np

from hydranet.drawings._colours import (
    BROWN,
    CREAM,
    GREY,
    WHITE,
    Colour,
    any_colour,
    from_hsv,
    pick,
    shade,
)
from hydranet.drawings._geometry import toward
from hydranet.drawings._pen import Pen
from hydranet.drawings._pretraining.other_drawings.figures import collect_into
from hydranet.drawings._scene import Figure

PLANTS: dict[str, Figure] = {}
_add = collect_into(PLANTS)


def _leaf(rng: np.random.Generator) -> Colour:
    return from_hsv(rng.uniform(0.16, 0.42), rng.uniform(0.4, 0.9), rng.uniform(0.3, 0.8))


@_add
def _tree(pen: Pen, rng: np.random.Generator) -> None:
    leaf = _leaf(rng) if rng.random() < 0.7 else pick(rng, (200, 110, 40), (190, 60, 40), (230, 150, 180))
    pen.limb([(0, 0), (0.02, -0.7)], (rng.uniform(0.12, 0.26), 0.1), pick(rng, BROWN, GREY))
    for x, y in rng.normal((0, -1.0), (0.28, 0.2), (7, 2)):
        pen.disc((x, y), rng.uniform(0.2, 0.36), shade(leaf, rng.uniform(0.8, 1.15)))


@_add
def _fir(pen: Pen, rng: np.random.Generator) -> None:
    leaf, wide = _leaf(rng), rng.uniform(0.3, 0.55)
    pen.rectangle((-0.07, -0.2), (0.07, 0.1), BROWN)
    for layer in range(int(rng.integers(2, 5))):
        y, half = -0.15 - 0.35 * layer, wide * (1 - 0.2 * layer)
        pen.polygon([(-half, y), (half, y), (0, y - 0.65)], shade(leaf, 1 + 0.1 * layer))


@_add
def _palm(pen: Pen, rng: np.random.Generator) -> None:
    lean, leaf = rng.normal(0, 0.2), _leaf(rng)
    pen.limb([(0, 0), (lean / 3, -0.6), (lean, -1.2)], (0.14, 0.08), BROWN)
    for angle in np.linspace(-40, 220, 7):
        middle = toward((lean, -1.2), float(angle), 0.35)
        pen.limb(
            [(lean, -1.2), middle, (middle[0] * 1.5 - 0.5 * lean, middle[1] + 0.25)], (0.08, 0.13, 0.02), leaf
        )


@_add
def _cactus(pen: Pen, rng: np.random.Generator) -> None:
    leaf = _leaf(rng)
    pen.limb([(0, 0), (0, -1)], (0.3, 0.28), leaf)
    for side in (-1, 1)[: int(rng.integers(1, 3))]:
        y = rng.uniform(-0.7, -0.4)
        pen.limb([(0, y), (0.4 * side, y), (0.42 * side, y - 0.35)], (0.15, 0.14), shade(leaf, 0.9))
    pen.polygon([(-0.25, 0), (0.25, 0), (0.18, 0.3), (-0.18, 0.3)], (180, 100, 60))


@_add
def _flower(pen: Pen, rng: np.random.Generator) -> None:
    petal, leaf, count = any_colour(rng), _leaf(rng), int(rng.integers(5, 11))
    pen.limb([(0, 0), (rng.normal(0, 0.1), 0.5), (0, 1)], (0.06, 0.07), leaf)
    pen.ellipse((0.18, 0.7), (0.2, 0.07), leaf, 30)
    for angle in 360 * np.arange(count) / count:
        pen.ellipse(toward((0, 0), angle, 0.26), (0.2, 0.1), petal, angle)
    pen.disc((0, 0), 0.13, pick(rng, (240, 200, 60), BROWN))


@_add
def _tulip(pen: Pen, rng: np.random.Generator) -> None:
    petal, leaf = any_colour(rng), _leaf(rng)
    pen.limb([(0, 0.1), (0, 1)], (0.07, 0.07), leaf)
    for side in (-1, 1):
        pen.limb([(0, 0.95), (0.22 * side, 0.6), (0.26 * side, 0.3)], (0.06, 0.14, 0.02), leaf)
    pen.polygon(
        [
            (-0.25, -0.1),
            (-0.27, -0.4),
            (-0.12, -0.22),
            (0, -0.45),
            (0.12, -0.22),
            (0.27, -0.4),
            (0.25, -0.1),
            (0.1, 0.15),
            (-0.1, 0.15),
        ],
        petal,
    )


@_add
def _mushroom(pen: Pen, rng: np.random.Generator) -> None:
    cap = pick(rng, (200, 50, 40), BROWN, (220, 180, 110))
    pen.limb([(0, 0.6), (0, 0)], (0.3, 0.2), CREAM)
    pen.blob([(-0.6, 0.05), (-0.4, -0.35), (0, -0.5), (0.4, -0.35), (0.6, 0.05), (0, 0.1)], cap)
    for x, y in rng.uniform([-0.35, -0.3], [0.35, -0.05], (5, 2)):
        pen.disc((x, y), rng.uniform(0.04, 0.09), WHITE)


@_add
def _apple(pen: Pen, rng: np.random.Generator) -> None:
    skin = pick(rng, (200, 40, 40), (120, 180, 60), (230, 190, 70))
    pen.blob(
        [(0, -0.35), (0.4, -0.42), (0.5, 0), (0.25, 0.5), (0, 0.42), (-0.25, 0.5), (-0.5, 0), (-0.4, -0.42)],
        skin,
    )
    pen.limb([(0, -0.3), (0.05, -0.65)], (0.06, 0.05), BROWN)
    pen.ellipse((0.22, -0.6), (0.18, 0.08), _leaf(rng), 20)


@_add
def _cherries(pen: Pen, rng: np.random.Generator) -> None:
    skin = pick(rng, (190, 30, 50), (120, 20, 50))
    for x in (-0.3, 0.3):
        pen.limb([(x, 0.3), (x / 2, -0.2), (0.05, -0.6)], (0.04, 0.05), _leaf(rng))
        pen.disc((x, 0.4), 0.24, skin)
        pen.disc((x - 0.08, 0.32), 0.06, shade(skin, 1.6))


@_add
def _carrot(pen: Pen, rng: np.random.Generator) -> None:
    for lean in (-25, 0, 25):
        pen.limb([(0, -0.4), toward((0, -0.4), 90 + lean, 0.45)], (0.08, 0.1), _leaf(rng))
    pen.blob(
        [(-0.2, -0.4), (0.2, -0.4), (0.1, 0.2), (0, 0.7), (-0.1, 0.2)],
        pick(rng, (235, 130, 40), (220, 100, 60)),
    )


@_add
def _ice_cream(pen: Pen, rng: np.random.Generator) -> None:
    pen.polygon([(-0.26, 0), (0.26, 0), (0, 0.8)], (210, 160, 90))
    for number in range(int(rng.integers(1, 4))):
        pen.disc((rng.normal(0, 0.05), -0.08 - 0.28 * number), 0.28, any_colour(rng))
