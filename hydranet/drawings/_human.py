"""Humans: standing, walking, waving or sitting, in all clothes, and from the chest up."""

from dataclasses import dataclass

import numpy as np

from hydranet.drawings._colours import BLACK, BROWN, GOLD, GREY, RUST, WHITE, Colour, any_colour, pick, shade
from hydranet.drawings._geometry import Point, toward
from hydranet.drawings._pen import Pen

_SKIN: tuple[Colour, ...] = ((244, 208, 180), (224, 172, 136), (186, 128, 90), (136, 88, 60), (92, 60, 44))


@dataclass(frozen=True)
class _Look:
    skin: Colour
    hair: Colour
    shirt: Colour
    trousers: Colour
    shoes: Colour
    long_hair: bool
    skirt: bool
    long_sleeves: bool
    hat: bool
    width: float


def add_human(pen: Pen, rng: np.random.Generator) -> None:
    """Add a human: y = 0 is the ground and the head's top is near -1.8."""
    look = _look(rng)
    hip, shoulder = -0.85, -1.38
    whole = rng.random() < 0.8
    if whole:
        _legs(pen, look, rng, hip)
    arms = [_arm_angles(rng) for _ in range(2)]
    _arm(pen, look, (-0.2 * look.width, shoulder), *arms[0], side=-1, light=0.85)
    head = (float(rng.normal(0, 0.02)), shoulder - 0.28)
    if look.long_hair:
        _long_hair(pen, look, head)
    _torso(pen, look, hip, shoulder)
    _arm(pen, look, (0.2 * look.width, shoulder), *arms[1], side=1, light=1.0)
    _head(pen, look, rng, head)
    if not whole:
        pen.shapes = [(np.minimum(outline, [9.0, -0.95]), colour) for outline, colour in pen.shapes]


def _look(rng: np.random.Generator) -> _Look:
    return _Look(
        skin=pick(rng, *_SKIN),
        hair=pick(rng, BLACK, BROWN, GOLD, GREY, RUST),
        shirt=_cloth(rng),
        trousers=_cloth(rng),
        shoes=pick(rng, BLACK, BROWN, WHITE, GREY),
        long_hair=rng.random() < 0.45,
        skirt=rng.random() < 0.25,
        long_sleeves=rng.random() < 0.5,
        hat=rng.random() < 0.2,
        width=float(rng.uniform(0.85, 1.25)),
    )


def _cloth(rng: np.random.Generator) -> Colour:
    return pick(rng, BROWN, BLACK, GREY, WHITE, RUST) if rng.random() < 0.5 else any_colour(rng)


def _legs(pen: Pen, look: _Look, rng: np.random.Generator, hip: float) -> None:
    swing = rng.uniform(0, 28) if rng.random() < 0.7 else rng.uniform(28, 50)
    for side in (-1, 1):
        start = (0.09 * side * look.width, hip)
        knee = toward(start, -90 + side * swing + rng.normal(0, 5), 0.42)
        foot = toward(knee, -90 + side * swing * rng.uniform(-0.4, 1.0), 0.42)
        colour = shade(look.skin if look.skirt else look.trousers, 0.85 if side < 0 else 1.0)
        pen.limb([start, knee, foot], (0.2 * look.width, 0.15, 0.1), colour)
        pen.ellipse((foot[0] + 0.05, foot[1] + 0.01), (0.11, 0.06), look.shoes)
    if look.skirt:
        flare = 0.22 + 0.3 * np.sin(np.deg2rad(swing))
        pen.polygon(
            [(-0.15, hip - 0.1), (0.15, hip - 0.1), (flare, hip + 0.38), (-flare, hip + 0.38)], look.trousers
        )


def _torso(pen: Pen, look: _Look, hip: float, shoulder: float) -> None:
    half = 0.25 * look.width
    pen.blob(
        [
            (-0.6 * half, shoulder - 0.05),
            (0.6 * half, shoulder - 0.05),
            (half, shoulder + 0.06),
            (0.75 * half, (hip + shoulder) / 2 + 0.06),
            (0.8 * half, hip + 0.03),
            (-0.8 * half, hip + 0.03),
            (-0.75 * half, (hip + shoulder) / 2 + 0.06),
            (-half, shoulder + 0.06),
        ],
        look.shirt,
    )
    pen.limb([(0, shoulder), (0, shoulder - 0.14)], (0.14, 0.12), shade(look.skin, 0.85))


def _arm_angles(rng: np.random.Generator) -> tuple[float, float]:
    kind = rng.integers(4)
    if kind == 0:
        return rng.uniform(60, 160), rng.uniform(-10, 40)
    if kind == 1:
        return rng.uniform(20, 60), rng.uniform(-110, 60)
    return rng.uniform(4, 24), rng.uniform(-25, 25)


def _arm(
    pen: Pen, look: _Look, shoulder: Point, lift: float, bend: float, *, side: int, light: float
) -> None:
    elbow = toward(shoulder, -90 + side * lift, 0.3)
    hand = toward(elbow, -90 + side * (lift + bend), 0.28)
    sleeve, skin = shade(look.shirt, 0.9 * light), shade(look.skin, light)
    pen.limb([shoulder, elbow, hand], (0.13, 0.1, 0.08), sleeve if look.long_sleeves else skin)
    if not look.long_sleeves:
        pen.limb([shoulder, elbow], (0.14, 0.13), sleeve)
    pen.disc(hand, 0.06, skin)


def _long_hair(pen: Pen, look: _Look, center: Point) -> None:
    x, y = center
    outline = [
        (x - 0.17, y - 0.08),
        (x, y - 0.22),
        (x + 0.17, y - 0.08),
        (x + 0.2, y + 0.36),
        (x - 0.2, y + 0.36),
    ]
    pen.blob(outline, look.hair)


def _head(pen: Pen, look: _Look, rng: np.random.Generator, center: Point) -> None:
    x, y = center
    pen.ellipse((x, y + 0.01), (0.145, 0.19), look.skin)
    turn = float(rng.normal(0, 0.025))
    pen.blob(
        [(x - 0.17, y), (x - 0.12, y - 0.18), (x + 0.12, y - 0.18), (x + 0.17, y), (x + turn, y - 0.1)],
        look.hair,
    )
    if look.hat:
        colour = _cloth(rng)
        pen.rectangle((x - 0.13, y - 0.3), (x + 0.13, y - 0.12), colour)
        pen.ellipse((x + turn, y - 0.12), (0.25, 0.04), shade(colour, 0.8))
    for side in (-1, 1):
        pen.ellipse((x + 0.055 * side + turn, y), (0.028, 0.02), WHITE)
        pen.disc((x + 0.055 * side + turn, y), 0.017, BLACK)
    pen.limb([(x + turn, y + 0.02), (x + 1.4 * turn, y + 0.06)], (0.02, 0.03), shade(look.skin, 0.8))
    pen.limb(
        [(x - 0.05 + turn, y + 0.1), (x + turn, y + 0.12), (x + 0.05 + turn, y + 0.1)],
        (0.02, 0.02),
        (170, 70, 70),
    )
