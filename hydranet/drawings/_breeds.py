"""What tells dog breeds apart: proportions, face, coats and markings."""

from dataclasses import dataclass
from typing import Literal

from hydranet.drawings._animal import Coat
from hydranet.drawings._breed_builds import BUILDS
from hydranet.drawings._colours import BLACK, BROWN, CREAM, GOLD, GREY, RUST, TAN, WHITE, Colour, shade
from hydranet.drawings._face import Face
from hydranet.drawings._quadruped import Build

Markings = Literal["plain", "spots", "saddle", "mask", "curls", "bib", "feathers"]


@dataclass(frozen=True)
class Breed:
    """One breed of dogs; every drawing takes one of its coats."""

    build: Build
    face: Face
    coats: tuple[Coat, ...]
    markings: Markings = "plain"
    bushy_tail: bool = False


def _plain(*colours: Colour) -> tuple[Coat, ...]:
    return tuple(Coat(colour, muzzle=shade(colour, 0.9)) for colour in colours)


_BLUE_GREY: Colour = (112, 118, 130)
_BLACK_AND_TAN = Coat(BLACK, legs=RUST, head=BLACK, muzzle=RUST, ears=BLACK)
_POODLE = _plain(WHITE, BLACK, CREAM, GREY, RUST)
_WOLF_FACE = Face(ear="pointed", ear_length=0.42, ear_spread=0.34, jaw=0.42, muzzle=0.46, drop=0.3)

BREEDS: dict[str, Breed] = {
    "beagle": Breed(
        BUILDS["beagle"],
        Face(ear_length=0.62, ear_spread=0.42, blaze=True),
        (
            Coat(WHITE, head=TAN, muzzle=WHITE, ears=RUST, tail=BLACK, tip=WHITE),
            Coat(CREAM, head=RUST, muzzle=WHITE, ears=BROWN, tail=TAN, tip=WHITE),
        ),
        "saddle",
    ),
    "bulldog": Breed(
        BUILDS["bulldog"],
        Face(
            height=0.86,
            ear_length=0.28,
            ear_spread=0.42,
            jaw=0.72,
            muzzle=0.44,
            drop=0.22,
            eye=0.06,
            eye_spread=0.26,
        ),
        (
            Coat(TAN, muzzle=WHITE),
            Coat(WHITE, head=TAN, muzzle=WHITE),
            Coat(WHITE),
            Coat(BROWN, muzzle=WHITE),
            Coat(GREY),
        ),
        "bib",
    ),
    "corgi": Breed(
        BUILDS["corgi"],
        Face(height=0.86, ear="pointed", ear_length=0.52, ear_spread=0.38, jaw=0.36, muzzle=0.4, blaze=True),
        tuple(Coat(colour, legs=WHITE, muzzle=WHITE) for colour in (RUST, TAN, GOLD, BLACK)),
        "bib",
    ),
    "dachshund": Breed(
        BUILDS["dachshund"],
        Face(height=1.0, ear_length=0.72, ear_spread=0.4, jaw=0.34, muzzle=0.56, drop=0.36),
        (*_plain(RUST, BROWN, TAN), _BLACK_AND_TAN),
    ),
    "dalmatian": Breed(
        BUILDS["dalmatian"],
        Face(height=1.0, ear_length=0.5),
        (Coat(WHITE, ears=BLACK), Coat(WHITE, ears=WHITE), Coat(WHITE, ears=BROWN, nose=BROWN)),
        "spots",
    ),
    "german_shepherd": Breed(
        BUILDS["german_shepherd"],
        _WOLF_FACE,
        (
            Coat(TAN, head=BROWN, muzzle=BLACK, ears=BROWN, tail=BLACK),
            Coat(RUST, head=RUST, muzzle=BLACK, tail=BLACK),
        ),
        "saddle",
        bushy_tail=True,
    ),
    "golden_retriever": Breed(
        BUILDS["golden_retriever"],
        Face(ear_length=0.48, jaw=0.5),
        _plain(GOLD, CREAM, TAN),
        "feathers",
        bushy_tail=True,
    ),
    "greyhound": Breed(
        BUILDS["greyhound"],
        Face(height=1.2, ear_length=0.3, jaw=0.32, muzzle=0.66, drop=0.42, ear_spread=0.4),
        _plain(_BLUE_GREY, TAN, BLACK, WHITE, BROWN),
    ),
    "husky": Breed(
        BUILDS["husky"],
        _WOLF_FACE,
        tuple(Coat(c, legs=WHITE, muzzle=WHITE, tip=WHITE) for c in (GREY, BLACK, _BLUE_GREY, RUST)),
        "mask",
        bushy_tail=True,
    ),
    "poodle": Breed(
        BUILDS["poodle"],
        Face(height=1.15, ear_length=0.7, ear_spread=0.46, jaw=0.3, muzzle=0.5, drop=0.36),
        _POODLE,
        "curls",
    ),
}
