"""Cats: on the walk from the side, sitting, and the face."""

import numpy as np

from hydranet.drawings import _animal as animal
from hydranet.drawings import _quadruped as quadruped
from hydranet.drawings._animal import Coat
from hydranet.drawings._colours import (
    BLACK,
    BROWN,
    CREAM,
    GREY,
    PINK,
    RUST,
    TAN,
    WHITE,
    Colour,
    from_hsv,
    pick,
    shade,
)
from hydranet.drawings._face import Face, add_face, add_sitting_body
from hydranet.drawings._geometry import limb, toward
from hydranet.drawings._pen import Pen
from hydranet.drawings._quadruped import Build, Skeleton

_CAT = Build(
    leg=0.38,
    length=0.74,
    chest=0.32,
    waist=0.3,
    leg_width=0.09,
    neck=0.08,
    neck_width=0.2,
    neck_angle=42.0,
    head=0.19,
    muzzle=0.07,
    muzzle_width=0.14,
    head_angle=14.0,
    ear="pointed",
    ear_length=0.19,
    tail=0.72,
    tail_width=0.08,
    tail_angle=40.0,
    tail_curl=55.0,
)
_FACE = Face(
    height=0.84,
    ear="pointed",
    ear_length=0.42,
    ear_spread=0.33,
    jaw=0.34,
    muzzle=0.24,
    drop=0.2,
    nose=0.05,
    eye=0.09,
    eye_spread=0.21,
    slit=True,
    whiskers=0.42,
)


def add_cat(pen: Pen, rng: np.random.Generator) -> None:
    """Add a cat in one of its poses."""
    coat, stripes = _coat(rng)
    kind = rng.integers(5)
    if kind < 2:
        _walking(pen, coat, stripes, rng)
        return
    face = _FACE.varied(rng)
    if kind < 4:
        _sitting(pen, coat, stripes, rng, 0.42 * face.height)
    iris = from_hsv(rng.uniform(0.12, 0.55), rng.uniform(0.3, 0.9), rng.uniform(0.6, 0.95))
    add_face(pen, face, coat, iris)
    if stripes:
        for x in (-0.12, 0.0, 0.12):
            pen.limb([(x, -0.46 * face.height), (0.8 * x, -0.24 * face.height)], (0.05, 0.03), stripes)


def _coat(rng: np.random.Generator) -> tuple[Coat, Colour | None]:
    body = pick(rng, BLACK, GREY, WHITE, RUST, TAN, BROWN, CREAM)
    white = pick(rng, WHITE) if rng.random() < 0.45 else None
    points = shade(body, 0.45) if rng.random() < 0.15 else None
    coat = Coat(
        body,
        feet=white or points,
        muzzle=white or points,
        ears=points,
        tail=points,
        nose=pick(rng, PINK, BLACK),
    )
    return coat, shade(body, 0.6) if rng.random() < 0.45 else None


def _walking(pen: Pen, coat: Coat, stripes: Colour | None, rng: np.random.Generator) -> None:
    skeleton = quadruped.pose(_CAT.varied(rng), rng)
    animal.add_legs(pen, skeleton, coat, near=False)
    animal.add_tail(pen, skeleton, coat, bushy=rng.random() < 0.2)
    animal.add_torso(pen, skeleton, coat)
    if stripes:
        _stripes(pen, skeleton, stripes)
    animal.add_legs(pen, skeleton, coat, near=True)
    animal.add_head(pen, skeleton, coat)
    for angle in (-30, -5, 20):
        pen.limb([skeleton.nose, toward(skeleton.nose, 180 + angle, 0.22)], (0.015, 0.01), shade(WHITE, 0.9))


def _stripes(pen: Pen, skeleton: Skeleton, colour: Colour) -> None:
    build = skeleton.build
    for x in np.linspace(skeleton.croup[0], skeleton.withers[0], 6):
        share = (x - skeleton.croup[0]) / build.length
        top = skeleton.croup[1] + (skeleton.withers[1] - skeleton.croup[1]) * share
        pen.limb([(x, top + 0.02), (x - 0.04, top + 0.55 * build.waist)], (0.06, 0.02), colour)


def _sitting(pen: Pen, coat: Coat, stripes: Colour | None, rng: np.random.Generator, chin: float) -> None:
    side = (-1) ** int(rng.integers(2))
    foot = chin + 1.2
    tail = [(0.4 * side, foot), (0.8 * side, foot - 0.05), (0.95 * side, foot - rng.uniform(0.2, 0.9))]
    pen.polygon(limb(tail, (0.16, 0.12, 0.1)), coat.tail or stripes or shade(coat.body, 0.9))
    add_sitting_body(pen, coat, rng, (0.0, chin))
