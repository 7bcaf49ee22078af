"""Four-legged animals for the pretext pictures, from a cow to a tortoise, but none that a task asks for."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from hydranet.drawings import _animal as animal
from hydranet.drawings import _quadruped as quadruped
from hydranet.drawings._animal import Coat
from hydranet.drawings._colours import (
    BLACK,
    BROWN,
    CREAM,
    PINK,
    WHITE,
    Colour,
    pick,
    shade,
    vary,
)
from hydranet.drawings._face import Face, add_face, add_sitting_body
from hydranet.drawings._geometry import between, toward
from hydranet.drawings._pen import Pen
from hydranet.drawings._quadruped import Build, Skeleton

Markings = Literal[
    "plain", "patches", "spots", "stripes", "wool", "spines", "shell", "saddle", "belly", "hump"
]
Horns = Literal["none", "short", "curled", "antlers", "nose", "trunk", "tusks"]


@dataclass(frozen=True)
class Beast:
    """One kind of animal: how it is built and what is special about it."""

    build: Build
    colours: tuple[Colour, ...]
    markings: Markings = "plain"
    horns: Horns = "none"
    face: Face | None = None
    marked: Colour = BLACK
    bushy_tail: bool = False


def like(build: Build, **changes: float | str) -> Build:
    """Return the proportions of `build` with some of them changed."""
    return replace(build, **changes)  # type: ignore[arg-type]


def add_beast(pen: Pen, rng: np.random.Generator, beast: Beast) -> None:
    """Add one animal: from the side, or its face, alone or on a sitting body."""
    body = pick(rng, *beast.colours)
    light = pick(rng, WHITE, CREAM, shade(body, 1.15))
    coat = Coat(
        body,
        muzzle=light if rng.random() < 0.4 else None,
        legs=shade(body, 0.8) if rng.random() < 0.3 else None,
        ears=shade(body, rng.uniform(0.6, 1.1)),
        nose=pick(rng, BLACK, PINK, shade(body, 0.5)),
    )
    if beast.face is None or rng.random() < 0.55:
        _from_the_side(pen, rng, beast, coat)
        return
    face = replace(beast.face.varied(rng), tongue=rng.random() < 0.15)
    if rng.random() < 0.5:
        add_sitting_body(pen, coat, rng, (0.0, 0.42 * face.height))
    if beast.horns != "none":
        _face_horns(pen, beast.horns)
    add_face(pen, face, coat, vary(BROWN, rng))
    if beast.markings == "patches":
        pen.ellipse((0.22, -0.1), (0.17, 0.2), beast.marked)
        pen.disc((0.22, -0.08), 0.07, WHITE)


def _from_the_side(pen: Pen, rng: np.random.Generator, beast: Beast, coat: Coat) -> None:
    build = beast.build.varied(rng)
    skeleton = quadruped.pose(build, rng)
    animal.add_legs(pen, skeleton, coat, near=False)
    animal.add_tail(pen, skeleton, coat, bushy=beast.bushy_tail)
    animal.add_torso(pen, skeleton, coat)
    _mark(pen, rng, beast, skeleton, coat)
    animal.add_legs(pen, skeleton, coat, near=True)
    animal.add_head(pen, skeleton, coat)
    _side_horns(pen, beast.horns, skeleton, coat)


def _mark(pen: Pen, rng: np.random.Generator, beast: Beast, skeleton: Skeleton, coat: Coat) -> None:
    build, colour = skeleton.build, vary(beast.marked, rng)
    outline = quadruped.torso_outline(skeleton)
    if beast.markings in ("patches", "spots"):
        size = 0.1 if beast.markings == "patches" else 0.035
        for point in animal.body_points(skeleton, rng, 5 if size > 0.05 else 18):
            pen.ellipse(point, tuple(size * rng.uniform(0.6, 1.4, 2)), colour, rng.uniform(0, 90))
    elif beast.markings == "stripes":
        for x in np.linspace(skeleton.croup[0], skeleton.withers[0], 7):
            top = skeleton.withers[1]
            pen.limb([(x, top + 0.04), (x + 0.03, top + 0.8 * build.waist)], (0.05, 0.05), colour)
    elif beast.markings == "wool":
        animal.add_curls(pen, outline[::3], 0.1, coat.body)
        animal.add_curls(pen, animal.body_points(skeleton, rng, 12), 0.09, coat.body)
    elif beast.markings == "spines":
        for x, y in outline[2:20:1]:
            pen.polygon([(x - 0.05, y + 0.06), (x - 0.1, y - 0.12), (x + 0.05, y + 0.04)], colour)
    elif beast.markings == "shell":
        center = (0.0, -build.leg - 0.3 * build.chest)
        pen.ellipse(center, (0.68 * build.length, 0.8 * build.chest), colour)
        for share in (-0.35, 0.0, 0.35):
            pen.disc((share * build.length, center[1] - 0.25 * build.chest), 0.1, shade(colour, 0.75))
    elif beast.markings == "saddle":
        animal.add_saddle(pen, skeleton, colour, 0.6)
    elif beast.markings == "belly":
        animal.add_belly(pen, skeleton, shade(coat.body, 1.3))
    elif beast.markings == "hump":
        for x in (-0.15, 0.2)[: 1 + int(rng.integers(2))]:
            pen.ellipse((x, skeleton.withers[1]), (0.17, 0.2), coat.body)


def _side_horns(pen: Pen, horns: Horns, skeleton: Skeleton, coat: Coat) -> None:
    head, nose, radius = skeleton.head, skeleton.nose, skeleton.build.head
    root = toward(head, 80, 0.8 * radius)
    bone = CREAM
    if horns == "short":
        pen.limb([root, toward(root, 60, 0.12), toward(root, 85, 0.2)], (0.06, 0.03), bone)
    elif horns == "curled":
        ring = [toward(toward(root, 190, 0.12), angle, 0.13) for angle in (60, 150, 230, 310)]
        pen.limb(ring, (0.09, 0.04), bone)
    elif horns == "antlers":
        tip = toward(root, 110, 0.42)
        pen.limb([root, toward(root, 130, 0.2), tip], (0.05, 0.03), shade(BROWN, 0.9))
        for share in (0.35, 0.65, 0.9):
            start = between(root, tip, share)
            pen.limb([start, toward(start, 50, 0.16)], (0.035, 0.02), shade(BROWN, 0.9))
    elif horns == "nose":
        pen.polygon([toward(nose, 150, 0.1), toward(nose, 85, 0.26), toward(nose, 40, 0.05)], bone)
    elif horns == "trunk":
        low = (nose[0] + 0.06, -0.1)
        pen.limb([between(head, nose, 0.5), nose, between(nose, low, 0.5), low], (0.2, 0.15, 0.08), coat.body)
        pen.limb([nose, toward(nose, -20, 0.25)], (0.05, 0.02), WHITE)
        pen.ellipse(toward(head, 200, 0.12), (0.16, 0.2), shade(coat.body, 0.85))
    elif horns == "tusks":
        pen.limb([between(head, nose, 0.8), toward(nose, 60, 0.14)], (0.05, 0.02), WHITE)


def _face_horns(pen: Pen, horns: Horns) -> None:
    for side in (-1, 1):
        root, tip = (0.25 * side, -0.35), (0.5 * side, -0.75)
        if horns == "curled":
            pen.limb([root, (0.55 * side, -0.5), (0.62 * side, -0.15)], (0.16, 0.06), CREAM)
        elif horns == "antlers":
            pen.limb([root, tip, (0.45 * side, -1.1)], (0.08, 0.04), BROWN)
            pen.limb([tip, (0.8 * side, -0.95)], (0.06, 0.03), BROWN)
        elif horns == "short":
            pen.limb([root, (0.42 * side, -0.5), (0.4 * side, -0.68)], (0.12, 0.04), CREAM)
