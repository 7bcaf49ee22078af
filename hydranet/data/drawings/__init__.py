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
import hashlib
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import PIL

from hydranet.data.drawings.breeds import BREEDS
from hydranet.data.drawings.cat import add_cat
from hydranet.data.drawings.dog import add_breed, add_dog
from hydranet.data.drawings.horse import add_horse
from hydranet.data.drawings.human import add_human
from hydranet.data.drawings.scene import Figure, compose
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


@functools.cache
def version() -> str:
    """Return a digest of the code that draws and of Pillow's version.

    Two runs with the same version make the same pixels, so whatever is computed from drawings and kept
    (features, say) can be keyed by it.
    """
    digest = hashlib.sha256(f"Pillow {PIL.__version__}\n".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(f"{path.name}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


__all__ = ["COLLECTIONS", "draw", "version"]
