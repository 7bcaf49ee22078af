"""The views of a training picture: which random numbers make which."""

import numpy as np

from hydranet.data._augment import Augmentation, augment, view_rng


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
    return augment(plain, augmentation, view_rng(image_hash, view, seed)) if view else plain
