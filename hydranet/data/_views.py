"""The views of a training picture: which random numbers make which."""

from dataclasses import dataclass

import numpy as np

from hydranet.data._augment import Augmentation, augment, augment_map, view_rng


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


def move_map(
    values: np.ndarray, image_hash: bytes, view: int, augmentation: Augmentation, seed: int
) -> np.ndarray:
    """Return a map over a picture, such as a label per pixel, as it lies over one view of it.

    Args:
        values: `(height, width, ...)` of any dtype, in the proportions of the picture that the trunk gets.
        image_hash: the identity of the picture's content.
        view: number of the view.
        augmentation: how views differ.
        seed: of the augmentation.
    """
    return augment_map(values, augmentation, _rng(image_hash, view, augmentation, seed)) if view else values


def _rng(image_hash: bytes, view: int, augmentation: Augmentation, seed: int) -> np.random.Generator:
    return view_rng(b"" if augmentation.alike else image_hash, view, seed)


@dataclass(frozen=True)
class ViewedLabels:
    """The labels of examples, as they are for any view of their pictures.

    Args:
        plain: encoded labels of the plain pictures: `(num_examples, ...)`.
        hashes: uint64 `(num_examples, 2)`, the identities of the examples.
        augmentation: how views differ.
        seed: of the augmentation.
        are_maps: whether a label is a map over the picture, which moves with it; others are the same for all views.
    """

    plain: np.ndarray
    hashes: np.ndarray
    augmentation: Augmentation
    seed: int
    are_maps: bool

    def read(self, rows: np.ndarray, views: np.ndarray) -> np.ndarray:
        """Return those of the given rows and views: `(num_rows, ...)`."""
        chosen = self.plain[rows]
        if self.are_maps:
            for place, (row, view) in enumerate(zip(rows.tolist(), views.tolist(), strict=True)):
                image_hash = self.hashes[row].tobytes()
                chosen[place] = move_map(chosen[place], image_hash, view, self.augmentation, self.seed)
        return chosen
