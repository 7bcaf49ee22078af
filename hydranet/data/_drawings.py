"""Pictures made by code, which need no data."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from hydranet.data._images import resize_image
from hydranet.data._pictures import Picture
from hydranet.data._source import Example, Source
from hydranet.errors import DataError
from hydranet.files import atomic_path
from hydranet.naming import nearest_match


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture made by code."""

    collection: str
    label: str
    index: int
    seed: int

    @property
    def name(self) -> str:
        """What it shows, and which one of its kind it is."""
        return f"drawing {self.collection}/{self.label}/{self.index}"

    def content(self) -> bytes:
        """What determines the drawing: its name, the seed and the version of the code that draws."""
        from hydranet import drawings

        return f"{self.name} seed={self.seed} {drawings.version()}".encode()

    def pixels(self, content: bytes, image_size: tuple[int, int]) -> np.ndarray:
        """Draw it and resize it."""
        return resize_image(self._draw(), image_size)

    def save(self, path: Path) -> None:
        """Write it as a PNG file."""
        with atomic_path(path) as temporary:
            Image.fromarray(self._draw()).save(temporary)

    def _draw(self) -> np.ndarray:
        from hydranet import drawings

        return drawings.draw(self.collection, self.label, index=self.index, seed=self.seed)


def sample_drawings(count: int) -> list[Picture]:
    """Return at least `count` drawings of cats and dogs: for models whose own pictures are not known."""
    indices = range(1, 1 - (-count // 2))
    return [Drawing("cats_dogs", label, index, seed=0) for label in ("cat", "dog") for index in indices]


@dataclass(frozen=True)
class Drawings(Source):
    """The built-in pictures, made by code: for a first try, and for tests, without any data.

    Args:
        collection: `horse_human`, `cats_dogs` or `dog_breeds`.
        num_train: how many training pictures of each class.
        num_validation: how many validation pictures of each class.
        seed: another seed gives other pictures.

    Example:
        >>> {split: len(examples) for split, examples in Drawings("cats_dogs", 20, 5).load().items()}
        {'train': 40, 'validation': 10}
    """

    collection: str
    num_train: int = 100
    num_validation: int = 50
    seed: int = 0
    kind: Literal["drawings"] = field(default="drawings", kw_only=True, repr=False)

    def load(self) -> dict[str, list[Example]]:
        """Return the examples, ordered by class; see `Source.load`."""
        from hydranet import drawings

        if self.collection not in drawings.COLLECTIONS:
            raise DataError(
                f"There is no collection of drawings called {self.collection!r}: expected one of "
                f"{', '.join(drawings.COLLECTIONS)}.{nearest_match(self.collection, drawings.COLLECTIONS)}"
            )
        ranges = {
            "train": range(self.num_train),
            "validation": range(self.num_train, self.num_train + self.num_validation),
        }
        return {
            split: [
                Example(Drawing(self.collection, label, index, self.seed), label)
                for label in drawings.COLLECTIONS[self.collection]
                for index in indices
            ]
            for split, indices in ranges.items()
        }
