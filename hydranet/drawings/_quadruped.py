"""Animals on four legs, seen from the side and looking right: proportions, joints and parts.

The ground is at y = 0 and a middling animal is about one unit tall. A drawing takes the proportions
(`Build`), finds the joints in a pose (`Skeleton`) and adds the parts from back to front, so that what is
special about a kind (mane, spots, horns) can be added between them.
"""

from dataclasses import dataclass, fields, replace
from typing import Literal, Self

import numpy as np

from hydranet.drawings import _geometry as geometry
from hydranet.drawings._geometry import Point, toward

Ear = Literal["pointed", "floppy", "round", "long", "none"]


@dataclass(frozen=True)
class Build:
    """Proportions of an animal; lengths in units of a middling animal's height, angles in degrees.

    Attributes:
        leg: from the ground to the belly.
        length: from shoulder to hip.
        chest: depth of the body at the shoulder.
        waist: depth of the body before the hip.
        slope: how far the hip lies below the withers.
        neck_angle: 0 is straight ahead, 90 straight up.
        head: radius of the skull.
        head_angle: how far the muzzle points below the horizon.
        tail_angle: where the tail starts towards: 0 is straight back, 90 straight up.
        tail_curl: how far the tail turns upwards on its way; negative turns down.
    """

    leg: float = 0.45
    length: float = 0.8
    chest: float = 0.4
    waist: float = 0.34
    slope: float = 0.0
    leg_width: float = 0.11
    neck: float = 0.22
    neck_width: float = 0.24
    neck_angle: float = 48.0
    head: float = 0.16
    muzzle: float = 0.24
    muzzle_width: float = 0.15
    head_angle: float = 18.0
    ear: Ear = "floppy"
    ear_length: float = 0.2
    tail: float = 0.45
    tail_width: float = 0.07
    tail_angle: float = 30.0
    tail_curl: float = 60.0

    def varied(self, rng: np.random.Generator, spread: float = 0.09) -> Self:
        """Return another animal of the same kind: each proportion differs a little."""
        changes: dict[str, float] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float):
                angle = field.name.endswith(("angle", "curl"))
                changes[field.name] = (
                    value + rng.normal(0, 10) if angle else value * np.exp(rng.normal(0, spread))
                )
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Skeleton:
    """Where the joints of an animal are in one pose.

    Attributes:
        feet: the swing of each leg in degrees: near front, near hind, far front, far hind.
    """

    build: Build
    withers: Point
    croup: Point
    neck_base: Point
    head: Point
    nose: Point
    feet: tuple[float, float, float, float]


Gait = Literal["stand", "walk", "run"]


def pose(build: Build, rng: np.random.Generator, gait: Gait | None = None) -> Skeleton:
    """Find the joints of an animal that stands, walks or runs, as given or by chance."""
    swing = {"stand": 4.0, "walk": 18.0, "run": 42.0}[
        gait or ("stand", "walk", "walk", "run")[rng.integers(4)]
    ]
    stride = rng.uniform(0.6, 1.1) * swing * (-1) ** int(rng.integers(2))
    signs = (1, -1, -1, 1) if swing < 30 else (1, -1, 0.8, -0.75)
    front, near_hind, far_front, far_hind = (float(sign * stride + rng.normal(0, 5)) for sign in signs)
    top = -(build.leg + build.chest)
    neck_base = (build.length * 0.5, top + 0.3 * build.chest)
    head = toward(neck_base, build.neck_angle, build.neck + build.head)
    return Skeleton(
        build,
        withers=(build.length / 2, top),
        croup=(-build.length / 2, top + build.slope),
        neck_base=neck_base,
        head=head,
        nose=toward(head, -build.head_angle, build.head * 0.6 + build.muzzle),
        feet=(front, near_hind, far_front, far_hind),
    )


def torso_outline(skeleton: Skeleton) -> geometry.Points:
    """Return the outline of the body without legs, neck and tail."""
    build = skeleton.build
    (front, top), (back, croup) = skeleton.withers, skeleton.croup
    chest, waist = build.chest, build.waist
    return geometry.smooth(
        [
            (front, top),
            (0.0, (top + croup) / 2 + 0.03 * chest),
            (back, croup),
            (back - 0.38 * waist, croup + 0.45 * waist),
            (back, croup + waist),
            (-0.1 * build.length, croup + waist * 0.98),
            (front - 0.1, -build.leg),
            (front + 0.3 * chest, -build.leg - 0.45 * chest),
        ]
    )


def front_leg(skeleton: Skeleton, *, near: bool) -> geometry.Points:
    """Return the joints of a front leg, from the shoulder to the foot."""
    build = skeleton.build
    top = (skeleton.withers[0] - 0.02 + (0 if near else 0.06), -(build.leg + 0.3 * build.chest))
    return _leg(top, skeleton.feet[0 if near else 2], bend=0.02)


def hind_leg(skeleton: Skeleton, *, near: bool) -> geometry.Points:
    """Return the joints of a hind leg, from the hip to the foot."""
    build = skeleton.build
    top = (skeleton.croup[0] - (0 if near else 0.06), skeleton.croup[1] + 0.6 * build.waist)
    return _leg(top, skeleton.feet[1 if near else 3], bend=-0.06)


def _leg(top: Point, swing: float, bend: float) -> geometry.Points:
    height = -top[1]
    lean = height * float(np.sin(np.deg2rad(swing)))
    lift = height * 0.5 * (1 - float(np.cos(np.deg2rad(swing))))
    knee = (top[0] + 0.45 * lean + bend * height - 0.06 * lean, top[1] + 0.55 * height)
    return np.array([top, knee, (top[0] + lean, -lift)])


def tail_line(build: Build, start: Point, num_points: int = 5) -> geometry.Points:
    """Return the tail's middle line, from its root to its tip."""
    points = [start]
    for step in range(num_points - 1):
        angle = 180 - build.tail_angle - build.tail_curl * step / (num_points - 1)
        points.append(toward(points[-1], angle, build.tail / (num_points - 1)))
    return np.array(points)
