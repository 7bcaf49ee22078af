"""Animals seen from the front: a face, alone or on a sitting body. The face's width is about one unit."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from hydranet.drawings._animal import Coat
from hydranet.drawings._colours import BLACK, PINK, WHITE, Colour, shade
from hydranet.drawings._geometry import Point, toward
from hydranet.drawings._pen import Pen
from hydranet.drawings._quadruped import Ear


@dataclass(frozen=True)
class Face:
    """Proportions of a face seen from the front, as shares of the head's width.

    Attributes:
        height: of the head.
        jaw: width of the muzzle; 0 for none.
        muzzle: height of the muzzle.
        drop: how far the muzzle reaches below the middle of the head.
        slit: the pupils are upright slits.
        whiskers: length of the whiskers; 0 for none.
        blaze: a light stripe runs between the eyes.
    """

    height: float = 0.95
    ear: Ear = "floppy"
    ear_length: float = 0.5
    ear_spread: float = 0.36
    jaw: float = 0.46
    muzzle: float = 0.42
    drop: float = 0.3
    nose: float = 0.09
    eye: float = 0.075
    eye_spread: float = 0.22
    slit: bool = False
    whiskers: float = 0.0
    blaze: bool = False
    tongue: bool = False

    def varied(self, rng: np.random.Generator, spread: float = 0.09) -> Self:
        """Return another face of the same kind: each proportion differs a little."""
        changes = {
            name: value * float(np.exp(rng.normal(0, spread)))
            for name, value in vars(self).items()
            if isinstance(value, float)
        }
        return replace(self, **changes)  # type: ignore[arg-type]


def add_face(pen: Pen, face: Face, coat: Coat, iris: Colour, center: Point = (0.0, 0.0)) -> None:
    """Add a face around `center`, one unit wide."""
    colour = coat.head or coat.body
    x, y = center
    behind = face.ear != "floppy"
    if behind:
        _ears(pen, face, coat, center)
    pen.blob(
        [
            (x, y - 0.5 * face.height),
            (x + 0.4, y - 0.36 * face.height),
            (x + 0.5, y + 0.05),
            (x + 0.3, y + 0.42 * face.height),
            (x, y + 0.5 * face.height),
            (x - 0.3, y + 0.42 * face.height),
            (x - 0.5, y + 0.05),
            (x - 0.4, y - 0.36 * face.height),
        ],
        colour,
    )
    if face.blaze:
        pen.limb([(x, y - 0.45 * face.height), (x, y + 0.2)], (0.08, 0.3), coat.muzzle or WHITE)
    _eyes(pen, face, iris, center)
    _muzzle(pen, face, coat, center)
    if not behind:
        _ears(pen, face, coat, center)


def add_sitting_body(pen: Pen, coat: Coat, rng: np.random.Generator, neck: Point) -> None:
    """Add a body that sits below `neck`, the place of the chin, seen from the front."""
    x, y = neck
    height, width = rng.uniform(1.1, 1.5), rng.uniform(0.75, 1.0)
    bottom = y + height
    legs, feet = coat.legs or coat.body, coat.feet or coat.legs or coat.body
    pen.blob(
        [
            (x, y - 0.2),
            (x + 0.3 * width, y + 0.1),
            (x + 0.6 * width, bottom - 0.25),
            (x + 0.4 * width, bottom),
            (x - 0.4 * width, bottom),
            (x - 0.6 * width, bottom - 0.25),
            (x - 0.3 * width, y + 0.1),
        ],
        coat.body,
    )
    pen.ellipse((x, y + 0.4), (0.2 * width, 0.36), coat.muzzle or shade(coat.body, 1.1))
    for side in (-1, 1):
        pen.ellipse((x + side * 0.5 * width, bottom - 0.04), (0.2, 0.1), shade(feet, 0.9))
        pen.limb([(x + side * 0.2 * width, y + 0.5), (x + side * 0.2 * width, bottom)], (0.22, 0.17), legs)
        pen.ellipse((x + side * 0.21 * width, bottom), (0.14, 0.09), feet)


def _ears(pen: Pen, face: Face, coat: Coat, center: Point) -> None:
    colour = coat.ears or shade(coat.head or coat.body, 0.86)
    length = face.ear_length
    for side in (-1, 1):
        root = (center[0] + side * face.ear_spread, center[1] - 0.34 * face.height)
        tip = toward(root, 90 - side * 16, length)
        if face.ear == "pointed":
            half = 0.36 * length
            pen.polygon([(root[0] - half, root[1] + 0.12), tip, (root[0] + half, root[1] + 0.16)], colour)
            inner = [(root[0] - half / 2, root[1] + 0.05), toward(root, 90 - side * 16, 0.7 * length)]
            pen.polygon([*inner, (root[0] + half / 2, root[1] + 0.05)], shade(PINK, 0.85))
        elif face.ear == "round":
            pen.disc(toward(root, 90 - side * 30, 0.35 * length), 0.5 * length, colour)
            pen.disc(toward(root, 90 - side * 30, 0.35 * length), 0.3 * length, shade(PINK, 0.85))
        elif face.ear == "long":
            pen.limb([root, tip], (0.2 * length, 0.3 * length, 0.12 * length), colour)
        elif face.ear == "floppy":
            hang = (root[0] + side * 0.14, root[1] + 0.4 * length)
            pen.ellipse(hang, (0.28 * length, 0.6 * length), colour, angle=side * 14)


def _eyes(pen: Pen, face: Face, iris: Colour, center: Point) -> None:
    for side in (-1, 1):
        eye = (center[0] + side * face.eye_spread, center[1] - 0.08 * face.height)
        pen.ellipse(eye, (1.3 * face.eye, 1.1 * face.eye), WHITE if face.slit else shade(iris, 0.5))
        pen.disc(eye, face.eye, iris)
        pen.ellipse(eye, (0.3 * face.eye if face.slit else 0.65 * face.eye, 0.85 * face.eye), BLACK)


def _muzzle(pen: Pen, face: Face, coat: Coat, center: Point) -> None:
    x, y = center[0], center[1] + face.drop
    colour = coat.muzzle or shade(coat.head or coat.body, 1.12)
    if face.tongue:
        pen.limb([(x, y + 0.1), (x, y + 0.6 * face.muzzle + 0.12)], (0.14, 0.13), PINK)
    if face.jaw:
        pen.ellipse((x, y), (face.jaw / 2, face.muzzle / 2), colour)
    tip = y - 0.28 * face.muzzle
    pen.blob(
        [
            (x - face.nose, tip - 0.5 * face.nose),
            (x + face.nose, tip - 0.5 * face.nose),
            (x, tip + face.nose),
        ],
        coat.nose,
    )
    dark = shade(colour, 0.45)
    for side in (-1, 1):
        corner = (x + side * 0.13, tip + face.nose + 0.1)
        pen.limb([(x, tip + face.nose), (x + side * 0.04, tip + face.nose + 0.1), corner], (0.03, 0.02), dark)
        for fan in (-1, 0, 1) if face.whiskers else ():
            start = (x + side * 0.12, y + 0.04 * fan)
            end = (start[0] + side * face.whiskers, start[1] + (0.14 * fan - 0.03) * face.whiskers * 2)
            pen.limb([start, end], (0.025, 0.012), WHITE if sum(colour) < 400 else shade(dark, 0.8))
