"""Horses: from the side at rest, at a gallop or grazing, rearing, and the head alone."""

import numpy as np

from hydranet.drawings import _animal as animal
from hydranet.drawings import _quadruped as quadruped
from hydranet.drawings._animal import Coat
from hydranet.drawings._colours import BLACK, BROWN, CREAM, GREY, RUST, TAN, WHITE, Colour, pick, shade
from hydranet.drawings._geometry import Point, between, rotate, toward
from hydranet.drawings._pen import Pen
from hydranet.drawings._quadruped import Build, Skeleton

_HORSE = Build(
    leg=0.62,
    length=0.86,
    chest=0.42,
    waist=0.38,
    leg_width=0.1,
    neck=0.36,
    neck_width=0.24,
    neck_angle=52.0,
    head=0.13,
    muzzle=0.36,
    muzzle_width=0.13,
    head_angle=42.0,
    ear="pointed",
    ear_length=0.14,
    tail=0.6,
    tail_width=0.08,
    tail_angle=-20.0,
    tail_curl=-55.0,
)


def add_horse(pen: Pen, rng: np.random.Generator) -> None:
    """Add a horse in one of its poses."""
    coat, hair = _coat(rng)
    build = _HORSE.varied(rng)
    kind = rng.integers(6)
    if kind == 0:
        build = _with_neck(build, rng.uniform(-50, -20), 60.0)
    skeleton = quadruped.pose(build, rng, "run" if kind in (1, 2) else None)
    if kind == 3:
        _bust(pen, skeleton, coat, hair)
        return
    _whole(pen, skeleton, coat, hair, rng)
    if kind == 4:
        _rear(pen, rng.uniform(15, 50))


def _with_neck(build: Build, neck_angle: float, head_angle: float) -> Build:
    return Build(**{**vars(build), "neck_angle": neck_angle, "head_angle": head_angle})


def _coat(rng: np.random.Generator) -> tuple[Coat, Colour]:
    body = pick(rng, BROWN, RUST, TAN, CREAM, BLACK, GREY, WHITE)
    socks = pick(rng, WHITE) if rng.random() < 0.3 else body
    hair = pick(rng, BLACK, BROWN, CREAM, WHITE) if rng.random() < 0.7 else shade(body, 0.6)
    return Coat(body, feet=shade(socks, 0.5), legs=body, muzzle=shade(body, rng.uniform(0.75, 1.1))), hair


def _whole(pen: Pen, skeleton: Skeleton, coat: Coat, hair: Colour, rng: np.random.Generator) -> None:
    animal.add_legs(pen, skeleton, coat, near=False)
    animal.add_tail(pen, skeleton, Coat(hair), bushy=True)
    animal.add_torso(pen, skeleton, coat)
    if rng.random() < 0.2:
        patch = shade(coat.body, 0.5) if sum(coat.body) > 400 else WHITE
        for point in animal.body_points(skeleton, rng, 4):
            pen.ellipse(point, (rng.uniform(0.06, 0.14), rng.uniform(0.06, 0.12)), patch, rng.uniform(0, 90))
    if rng.random() < 0.25:
        _saddle(pen, skeleton, pick(rng, BROWN, RUST, (60, 70, 150)))
    animal.add_legs(pen, skeleton, coat, near=True)
    animal.add_head(pen, skeleton, coat)
    _mane(pen, skeleton, hair)


def _mane(pen: Pen, skeleton: Skeleton, hair: Colour) -> None:
    angle, width = skeleton.build.neck_angle, skeleton.build.neck_width
    crest = toward(skeleton.head, angle + 70, 0.9 * skeleton.build.head)
    root = toward(between(skeleton.neck_base, skeleton.withers, 0.6), angle + 90, 0.3 * width)
    middle = toward(between(crest, root, 0.5), angle + 90, 0.12 * width)
    pen.limb([crest, middle, root], (0.08, 0.17, 0.08), hair)
    pen.limb([crest, toward(crest, -skeleton.build.head_angle - 10, 0.16)], (0.08, 0.03), hair)


def _saddle(pen: Pen, skeleton: Skeleton, colour: Colour) -> None:
    top = skeleton.withers[1]
    pen.blob(
        [(-0.2, top + 0.03), (0.0, top - 0.03), (0.22, top + 0.02), (0.14, top + 0.26), (-0.1, top + 0.26)],
        colour,
    )


def _bust(pen: Pen, skeleton: Skeleton, coat: Coat, hair: Colour) -> None:
    animal.add_neck(pen, skeleton, coat)
    width = skeleton.build.neck_width
    base: Point = between(skeleton.neck_base, skeleton.withers, 0.3)
    pen.limb([base, between(base, skeleton.head, 0.7)], (1.9 * width, 1.1 * width), coat.body)
    animal.add_head(pen, skeleton, coat)
    _mane(pen, skeleton, hair)


def _rear(pen: Pen, angle: float) -> None:
    pen.shapes = [(rotate(outline, angle), colour) for outline, colour in pen.shapes]
