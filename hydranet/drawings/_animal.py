"""The parts of a four-legged animal, added to a pen in one coat."""

from dataclasses import dataclass

import numpy as np

from hydranet.drawings import _geometry as geometry
from hydranet.drawings import _quadruped as quadruped
from hydranet.drawings._colours import BLACK, WHITE, Colour, shade
from hydranet.drawings._geometry import Point, between, toward
from hydranet.drawings._pen import Pen
from hydranet.drawings._quadruped import Skeleton


@dataclass(frozen=True)
class Coat:
    """The colours of an animal's parts; a part that isn't given has the colour of the body."""

    body: Colour
    legs: Colour | None = None
    feet: Colour | None = None
    head: Colour | None = None
    muzzle: Colour | None = None
    ears: Colour | None = None
    tail: Colour | None = None
    tip: Colour | None = None
    nose: Colour = BLACK


FAR_SIDE = 0.72


def add_legs(pen: Pen, skeleton: Skeleton, coat: Coat, *, near: bool) -> None:
    """Add the two legs of the near or of the far side."""
    build = skeleton.build
    light = 1.0 if near else FAR_SIDE
    colour = shade(coat.legs or coat.body, light)
    width = build.leg_width
    front, hind = quadruped.front_leg(skeleton, near=near), quadruped.hind_leg(skeleton, near=near)
    pen.limb(hind, (2.1 * width, 1.15 * width, 0.8 * width), colour)
    pen.limb(front, (1.5 * width, width, 0.8 * width), colour)
    for foot in (front[2], hind[2]):
        toes = (foot[0] + 0.25 * width, foot[1] - 0.1 * width)
        pen.ellipse(toes, (0.72 * width, 0.42 * width), shade(coat.feet or coat.legs or coat.body, light))


def add_torso(pen: Pen, skeleton: Skeleton, coat: Coat) -> None:
    """Add the body and the neck."""
    build = skeleton.build
    add_neck(pen, skeleton, coat)
    pen.polygon(quadruped.torso_outline(skeleton), coat.body)
    base = between(skeleton.withers, skeleton.neck_base, 0.5)
    pen.limb([base, between(base, skeleton.head, 0.6)], (1.2 * build.neck_width, build.neck_width), coat.body)


def add_neck(pen: Pen, skeleton: Skeleton, coat: Coat) -> None:
    """Add the neck alone."""
    width = skeleton.build.neck_width
    pen.limb([skeleton.neck_base, skeleton.head], (1.35 * width, width), coat.body)


def add_tail(pen: Pen, skeleton: Skeleton, coat: Coat, *, bushy: bool = False) -> None:
    """Add the tail, thin or bushy, with its tip in another colour if the coat has one."""
    build = skeleton.build
    start = (skeleton.croup[0] - 0.25 * build.waist, skeleton.croup[1] + 0.2 * build.waist)
    line = quadruped.tail_line(build, start)
    width = build.tail_width
    widths = (width, 2.2 * width, 2.4 * width, 0.8 * width) if bushy else (width, 0.9 * width, 0.6 * width)
    pen.limb(line, widths, coat.tail or coat.body)
    if coat.tip:
        pen.limb(line[-2:], (widths[-1] * 1.3, widths[-1]), coat.tip)


def add_head(pen: Pen, skeleton: Skeleton, coat: Coat) -> None:
    """Add the far ear, the head with eye, nose and mouth, and the near ear."""
    build = skeleton.build
    head, nose, radius = skeleton.head, skeleton.nose, build.head
    colour = coat.head or coat.body
    add_ear(pen, skeleton, shade(coat.ears or colour, FAR_SIDE), near=False)
    pen.limb(
        [head, between(head, nose, 0.55), nose],
        (1.5 * radius, 1.15 * build.muzzle_width, 0.85 * build.muzzle_width),
        coat.muzzle or colour,
    )
    pen.ellipse(head, (radius, 0.94 * radius), colour, -build.head_angle)
    add_ear(pen, skeleton, coat.ears or shade(colour, 0.88), near=True)
    size = 0.045 + 0.1 * radius
    pen.ellipse(toward(nose, 60, 0.25 * build.muzzle_width), (1.1 * size, 0.9 * size), coat.nose)
    mouth = [toward(nose, -100 - build.head_angle, 0.3 * build.muzzle_width), between(head, nose, 0.5)]
    pen.limb(
        [mouth[0], (mouth[1][0], mouth[1][1] + 0.25 * build.muzzle_width)], (0.02, 0.02), shade(colour, 0.5)
    )
    eye = toward(head, 30 - build.head_angle, 0.5 * radius)
    pen.disc(eye, 0.22 * radius + 0.012, WHITE if sum(colour) < 240 else shade(colour, 0.7))
    pen.disc(eye, 0.16 * radius + 0.01, BLACK)


def add_ear(pen: Pen, skeleton: Skeleton, colour: Colour, *, near: bool) -> None:
    """Add one ear of the animal's kind of ears."""
    build = skeleton.build
    length, radius = build.ear_length, build.head
    root = toward(skeleton.head, (115 if near else 75) - build.head_angle, 0.75 * radius)
    if build.ear == "pointed":
        tip = toward(root, (100 if near else 82) - build.head_angle / 2, length)
        pen.polygon([toward(root, 180, 0.38 * length), tip, toward(root, 0, 0.38 * length)], colour)
    elif build.ear == "floppy":
        hang = (root[0] - 0.12 * length + (0 if near else 0.5 * radius), root[1] + 0.42 * length)
        pen.ellipse(hang, (0.3 * length, 0.58 * length), colour, angle=-12)
    elif build.ear == "round":
        pen.disc(toward(root, 100, 0.3 * length), 0.5 * length, colour)
    elif build.ear == "long":
        pen.limb(
            [root, toward(root, 112 if near else 98, length)],
            (0.2 * length, 0.3 * length, 0.1 * length),
            colour,
        )


def body_points(skeleton: Skeleton, rng: np.random.Generator, count: int) -> list[Point]:
    """Return points spread by chance over the body, a little inside of its outline."""
    outline = quadruped.torso_outline(skeleton)
    center = outline.mean(axis=0)
    edge = outline[rng.integers(len(outline), size=count)]
    inside = center + (edge - center) * np.sqrt(rng.uniform(0.02, 0.75, (count, 1)))
    return [(float(x), float(y)) for x, y in inside]


def add_saddle(pen: Pen, skeleton: Skeleton, colour: Colour, depth: float = 0.5) -> None:
    """Add a patch over the back, down to `depth` of the body."""
    build = skeleton.build
    (front, top), (back, croup) = skeleton.withers, skeleton.croup
    low = depth * build.chest
    pen.blob(
        [
            (front + 0.02, top + 0.02),
            (0.0, (top + croup) / 2 + 0.02),
            (back, croup + 0.01),
            (back - 0.3 * build.waist, croup + 0.35 * build.waist),
            (back + 0.12, croup + low),
            (0.0, (top + croup) / 2 + 1.1 * low),
            (front - 0.03, top + low),
        ],
        colour,
    )


def add_belly(pen: Pen, skeleton: Skeleton, colour: Colour) -> None:
    """Add a light chest and belly."""
    build = skeleton.build
    front = skeleton.withers[0]
    chest = (front + 0.12 * build.chest, -build.leg - 0.32 * build.chest)
    pen.ellipse(chest, (0.2 * build.chest, 0.34 * build.chest), colour, angle=-20)
    pen.ellipse((0.1 * build.length, -build.leg + 0.02), (0.4 * build.length, 0.1 * build.chest), colour)


def add_curls(pen: Pen, points: list[Point] | geometry.Points, radius: float, colour: Colour) -> None:
    """Add a woolly edge: a disc on every point, light and dark by turns."""
    for number, (x, y) in enumerate(points):
        pen.disc((float(x), float(y)), radius, shade(colour, 1.06 if number % 2 else 0.94))
