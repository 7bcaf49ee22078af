"""The pretext pictures: about a hundred kinds of things, and never one that a bundled task asks for.

They share the canvas, the background, the clutter and the light with `hydranet.drawings`, but no class:
animals, plants, vehicles, tools, letters and patterns. A backbone that has learnt to tell them apart has
features that help with classes that it has never seen.
"""

import functools
import zlib

import numpy as np
import numpy.typing as npt

from hydranet.drawings._pretraining.other_drawings.beasts import add_beast
from hydranet.drawings._pretraining.other_drawings.birds import BIRDS
from hydranet.drawings._pretraining.other_drawings.crawlers import CRAWLERS
from hydranet.drawings._pretraining.other_drawings.glyphs import GLYPHS
from hydranet.drawings._pretraining.other_drawings.hoofed import HOOFED
from hydranet.drawings._pretraining.other_drawings.household import HOUSEHOLD
from hydranet.drawings._pretraining.other_drawings.outdoors import OUTDOORS
from hydranet.drawings._pretraining.other_drawings.pawed import PAWED
from hydranet.drawings._pretraining.other_drawings.plants import PLANTS
from hydranet.drawings._pretraining.other_drawings.sea import SEA
from hydranet.drawings._pretraining.other_drawings.shapes import SHAPES
from hydranet.drawings._pretraining.other_drawings.vehicles import VEHICLES
from hydranet.drawings._scene import Figure, compose
from hydranet.errors import DataError
from hydranet.naming import unknown_name

_FIGURES: dict[str, Figure] = {
    **{name: functools.partial(add_beast, beast=beast) for name, beast in {**HOOFED, **PAWED}.items()},
    **BIRDS,
    **SEA,
    **CRAWLERS,
    **PLANTS,
    **OUTDOORS,
    **VEHICLES,
    **HOUSEHOLD,
    **SHAPES,
    **GLYPHS,
}

CLASSES: tuple[str, ...] = tuple(_FIGURES)
"""The names of the pretext classes."""


def draw_other(name: str, *, index: int, seed: int = 0, image_size: int = 96) -> npt.NDArray[np.uint8]:
    """Make one pretext picture, a pure function of its arguments.

    Args:
        name: one of `CLASSES`.
        index: which picture of this class, from 0.
        seed: another seed gives another set of pictures; from 0.
        image_size: height and width in pixels.

    Returns:
        uint8 `(image_size, image_size, 3)`.

    Raises:
        DataError: there is no such class.
    """
    if name not in _FIGURES:
        raise DataError(unknown_name("class of pretext pictures", name, _FIGURES))
    name_hash = zlib.crc32(f"other/{name}".encode())
    rng = np.random.default_rng([seed, name_hash, index])
    return compose(_FIGURES[name], rng, image_size, fill=(0.7, 1.0))


def draw_class(
    name: str, *, count: int, first: int = 0, seed: int = 0, image_size: int = 96
) -> npt.NDArray[np.uint8]:
    """Make `count` pictures of one class, from index `first` on: uint8 `(count, height, width, 3)`."""
    indices = range(first, first + count)
    return np.stack([draw_other(name, index=index, seed=seed, image_size=image_size) for index in indices])


__all__ = ["CLASSES", "draw_class", "draw_other"]
