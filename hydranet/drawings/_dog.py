"""Dogs of one breed or of any: on the walk from the side, sitting, and the face."""

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np

from hydranet.drawings import _animal as animal
from hydranet.drawings import _quadruped as quadruped
from hydranet.drawings._animal import Coat
from hydranet.drawings._breeds import BREEDS, Breed
from hydranet.drawings._colours import BLACK, BROWN, WHITE, Colour, pick, shade, vary
from hydranet.drawings._face import Face, add_face, add_sitting_body
from hydranet.drawings._geometry import between, ellipse
from hydranet.drawings._pen import Pen
from hydranet.drawings._quadruped import Skeleton


def add_dog(pen: Pen, rng: np.random.Generator) -> None:
    """Add a dog of any breed, or of two."""
    names = sorted(BREEDS)
    breed, other = (BREEDS[names[rng.integers(len(names))]] for _ in range(2))
    add_breed(pen, rng, replace(breed, coats=other.coats) if rng.random() < 0.5 else breed)


def add_breed(pen: Pen, rng: np.random.Generator, breed: Breed) -> None:
    """Add a dog of one breed, most often from the side."""
    coat = _varied(breed.coats[rng.integers(len(breed.coats))], rng)
    kind = rng.integers(10)
    if kind < 6:
        _walking(pen, breed, coat, rng)
        return
    face = replace(breed.face.varied(rng), tongue=rng.random() < 0.4)
    if kind < 8:
        add_sitting_body(pen, coat, rng, (0.0, 0.42 * face.height))
    _front(pen, breed, face, coat, rng)


def _varied(coat: Coat, rng: np.random.Generator) -> Coat:
    colours = {field.name: getattr(coat, field.name) for field in fields(Coat)}
    light = float(rng.normal(0, 10))
    return Coat(**{name: value and vary(_lighter(value, light), rng, 8) for name, value in colours.items()})


def _lighter(colour: Colour, light: float) -> Colour:
    return shade(colour, 1 + light / 128)


def _walking(pen: Pen, breed: Breed, coat: Coat, rng: np.random.Generator) -> None:
    skeleton = quadruped.pose(breed.build.varied(rng), rng)
    animal.add_legs(pen, skeleton, coat, near=False)
    animal.add_tail(pen, skeleton, coat, bushy=breed.bushy_tail)
    animal.add_torso(pen, skeleton, coat)
    _MARKINGS[breed.markings](pen, skeleton, coat, rng)
    animal.add_legs(pen, skeleton, coat, near=True)
    if breed.markings == "curls":
        _poms(pen, skeleton, coat)
    animal.add_head(pen, skeleton, coat)
    if breed.markings == "curls":
        animal.add_curls(
            pen,
            ellipse((skeleton.head[0] - 0.04, skeleton.head[1] - 0.12), (0.13, 0.1), 0, 8),
            0.07,
            coat.body,
        )
    if breed.markings == "spots":
        _dots(pen, [between(skeleton.head, skeleton.nose, share) for share in (-0.2, 0.3)], coat, 0.025, rng)


def _front(pen: Pen, breed: Breed, face: Face, coat: Coat, rng: np.random.Generator) -> None:
    if breed.markings == "curls":
        animal.add_curls(pen, ellipse((0, -0.3), (0.46, 0.4), 0, 12), 0.2, coat.body)
    add_face(
        pen, face, coat, vary(BROWN, rng) if breed.markings != "mask" else pick(rng, (110, 160, 210), BROWN)
    )
    if breed.markings == "curls":
        animal.add_curls(pen, ellipse((0, -0.46), (0.3, 0.16), 0, 9), 0.16, coat.body)
    elif breed.markings == "spots":
        spread = rng.uniform([-0.42, -0.45], [0.42, 0.42], (9, 2))
        _dots(pen, [(float(x), float(y)) for x, y in spread], coat, 0.05, rng)
    elif breed.markings == "mask":
        for side in (-1, 1):
            pen.ellipse((0.22 * side, -0.22), (0.07, 0.04), WHITE)


def _dots(
    pen: Pen, points: list[tuple[float, float]], coat: Coat, radius: float, rng: np.random.Generator
) -> None:
    colour = BLACK if sum(coat.ears or BLACK) > 500 else coat.ears or BLACK
    for point in points:
        size = radius * rng.uniform(0.6, 1.4)
        pen.ellipse(point, (size, size * rng.uniform(0.7, 1.2)), colour)


def _poms(pen: Pen, skeleton: Skeleton, coat: Coat) -> None:
    build = skeleton.build
    chest = (skeleton.withers[0] + 0.02, -(build.leg + 0.5 * build.chest))
    animal.add_curls(pen, ellipse(chest, (0.17, 0.18), 0, 10), 0.1, coat.body)
    pen.ellipse(chest, (0.17, 0.18), coat.body)
    for leg in (quadruped.front_leg(skeleton, near=True), quadruped.hind_leg(skeleton, near=True)):
        x, y = between(tuple(leg[1]), tuple(leg[2]), 0.72)
        animal.add_curls(pen, ellipse((x, y), (0.06, 0.05), 0, 6), 0.055, coat.body)
    start = (skeleton.croup[0] - 0.25 * build.waist, skeleton.croup[1] + 0.2 * build.waist)
    x, y = quadruped.tail_line(build, start)[-1]
    animal.add_curls(pen, ellipse((x, y), (0.06, 0.06), 0, 7), 0.07, coat.body)


def _spots(pen: Pen, skeleton: Skeleton, coat: Coat, rng: np.random.Generator) -> None:
    _dots(pen, animal.body_points(skeleton, rng, 22), coat, 0.032, rng)


def _saddle(pen: Pen, skeleton: Skeleton, coat: Coat, rng: np.random.Generator) -> None:
    animal.add_saddle(pen, skeleton, vary(BLACK, rng), depth=float(rng.uniform(0.35, 0.65)))


def _light(pen: Pen, skeleton: Skeleton, coat: Coat, rng: np.random.Generator) -> None:
    animal.add_belly(pen, skeleton, coat.muzzle or WHITE)


def _feathers(pen: Pen, skeleton: Skeleton, coat: Coat, rng: np.random.Generator) -> None:
    colour = shade(coat.body, 1.08)
    animal.add_belly(pen, skeleton, colour)
    for x in np.linspace(-0.3, 0.35, 7) * skeleton.build.length * 1.2:
        low = -skeleton.build.leg
        pen.polygon([(x - 0.06, low - 0.06), (x + 0.06, low - 0.06), (x - 0.03, low + 0.09)], colour)


def _nothing(pen: Pen, skeleton: Skeleton, coat: Coat, rng: np.random.Generator) -> None:
    pass


_MARKINGS: dict[str, Callable[[Pen, Skeleton, Coat, np.random.Generator], None]] = {
    "plain": _nothing,
    "curls": _nothing,
    "spots": _spots,
    "saddle": _saddle,
    "mask": _light,
    "bib": _light,
    "feathers": _feathers,
}
