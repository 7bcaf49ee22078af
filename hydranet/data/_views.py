"""The views of a training picture: which random numbers make which."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from hydranet.data._augment import Augmentation, augment, draw_motion, view_rng
from hydranet.data._motion import Motion


def change_view(
    plain: np.ndarray, image_hash: bytes, view: int, augmentation: Augmentation, seed: int
) -> np.ndarray:
    """Return one view of a picture: float32 `(height, width, 3)`, values in [0, 255].

    Args:
        plain: view 0, the picture as it is.
        image_hash: the identity of the picture's content.
        view: number of the view.
        augmentation: how views differ.
        seed: of the augmentation.
    """
    return augment(plain, augmentation, _rng(image_hash, view, augmentation, seed)) if view else plain


@dataclass(frozen=True)
class Motions:
    """How the views of training pictures are moved.

    Args:
        image_size: `(height, width)` of the pictures.
        augmentation: how views differ.
        seed: of the augmentation.
    """

    image_size: tuple[int, int]
    augmentation: Augmentation = field(default_factory=Augmentation)
    seed: int = 0

    def of(self, image_hash: bytes, view: int) -> Motion:
        """Return how one view of a picture is moved: as `change_view` moves the picture; view 0 is not."""
        if view == 0:
            return Motion(self.image_size)
        rng = _rng(image_hash, view, self.augmentation, self.seed)
        return draw_motion(self.image_size, self.augmentation, rng)


@dataclass(frozen=True)
class ViewedLabels:
    """The labels of examples, as they are for any view of their pictures.

    Args:
        plain: encoded labels of the plain pictures: `(num_examples, ...)`.
        hashes: uint64 `(num_examples, 2)`, the identities of the examples.
        motions: how views are moved; None where they are not, or labels say nothing of places.
        move: returns a label as it is once its picture has moved.
    """

    plain: np.ndarray
    hashes: np.ndarray
    motions: Motions | None = None
    move: Callable[[np.ndarray, Motion], np.ndarray] | None = None

    def read(self, rows: np.ndarray, views: np.ndarray) -> np.ndarray:
        """Return those of the given rows and views: `(num_rows, ...)`."""
        chosen = self.plain[rows]
        if self.motions is not None and self.move is not None:
            for place, (row, view) in enumerate(zip(rows.tolist(), views.tolist(), strict=True)):
                motion = self.motions.of(self.hashes[row].tobytes(), view)
                chosen[place] = self.move(chosen[place], motion)
        return chosen


def _rng(image_hash: bytes, view: int, augmentation: Augmentation, seed: int) -> np.random.Generator:
    return view_rng(b"" if augmentation.alike else image_hash, view, seed)
