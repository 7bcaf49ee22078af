"""Pictures made by code, so that everything can be tried without downloading a photograph.

Three collections of small cartoons: horses and humans, cats and dogs, and dogs of ten breeds, in varied
poses, colours, surroundings and light. A drawing is a pure function of its arguments: the same collection,
label, index, seed and size give the same pixels, on every machine with the same Pillow.

Example:
    >>> picture = draw("cats_dogs", "cat", index=0, image_size=64)
    >>> picture.shape, picture.dtype
    ((64, 64, 3), dtype('uint8'))
"""

import functools
import zlib

import numpy as np
import numpy.typing as npt

from hydranet.drawings._breeds import BREEDS
from hydranet.drawings._cat import add_cat
from hydranet.drawings._dog import add_breed, add_dog
from hydranet.drawings._horse import add_horse
from hydranet.drawings._human import add_human
from hydranet.drawings._scene import Figure, compose
from hydranet.errors import DataError
from hydranet.naming import unknown_name

_FIGURES: dict[str, dict[str, Figure]] = {
    "horse_human": {"horse": add_horse, "human": add_human},
    "cats_dogs": {"cat": add_cat, "dog": add_dog},
    "dog_breeds": {name: functools.partial(add_breed, breed=breed) for name, breed in BREEDS.items()},
}

COLLECTIONS: dict[str, tuple[str, ...]] = {name: tuple(figures) for name, figures in _FIGURES.items()}
"""The labels of each collection."""

SMALLEST_IMAGE_SIZE = 16

# A digest of the code that drew when a pixel last changed. Take another one with any change of a pixel.
_VERSION = "25868cda0e1305dc8d7e851f2ce34e87829f999e384134579bdb6c58ee2fa35e"


def draw(
    collection: str, label: str, *, index: int, seed: int = 0, image_size: int = 96
) -> npt.NDArray[np.uint8]:
    """Make one drawing.

    Args:
        collection: a name in `COLLECTIONS`.
        label: one of the collection's labels.
        index: which drawing of this label, from 0; any two differ.
        seed: another seed gives another, equally large set of drawings; from 0.
        image_size: height and width in pixels, at least 16. The same index drawn in another size shows
            the same scene.

    Returns:
        uint8 `(image_size, image_size, 3)`, red, green, blue.

    Raises:
        DataError: there is no such collection or label, or a number is out of its range.
    """
    if collection not in _FIGURES:
        raise DataError(unknown_name("collection of drawings", collection, _FIGURES))
    figures = _FIGURES[collection]
    if label not in figures:
        raise DataError(unknown_name(f"label of the drawings '{collection}'", label, figures))
    for name, value, smallest in (
        ("index", index, 0),
        ("seed", seed, 0),
        ("image_size", image_size, SMALLEST_IMAGE_SIZE),
    ):
        if value < smallest:
            raise DataError(f"A drawing's {name} must be at least {smallest}: received {value}.")
    name_hash = zlib.crc32(f"{collection}/{label}".encode())
    return compose(figures[label], np.random.default_rng([seed, name_hash, index]), image_size)


def version() -> str:
    """Return what changes whenever a drawing does, so that what is computed from drawings can be keyed by it."""
    return _VERSION
