"""What runs below the heads, on whichever engine: the trunk, and the tails if the top was trained."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Networks:
    """Functions from pictures to what heads stand on.

    Args:
        image_size: `(height, width)` of the pictures, in pixels.
        trunk: from float32 `(batch, height, width, 3)`, values in [0, 255], to features.
        tails: from these to the features of a tail group, by its name; none if heads stand on the trunk.
        fingerprints: of the layers under a head, by tail group; by None if there are no tails.
    """

    image_size: tuple[int, int]
    trunk: Function
    fingerprints: Mapping[str | None, str]
    tails: Mapping[str, Function] = field(default_factory=dict)


class Features:
    """The features of one batch for every tail group; each picture passes each tail at most once, and only if asked.

    Args:
        networks: what computes them.
        images: float32 `(num_pictures, height, width, 3)`, values in [0, 255].
        places: for each row of the batch, which of `images` it is about: int `(batch,)`.
    """

    def __init__(self, networks: Networks, images: np.ndarray, places: np.ndarray) -> None:
        self._networks = networks
        self._places = places
        self._shared = networks.trunk(images)
        self._above: dict[str, np.ndarray] = {}
        self._known: dict[str, np.ndarray] = {}

    def of(self, group: str | None, rows: np.ndarray) -> np.ndarray:
        """Return the features of `group` for the rows of a boolean mask `(batch,)`."""
        pictures = self._places[rows]
        if group is None:
            return self._shared[pictures]
        known = self._known.setdefault(group, np.zeros(len(self._shared), bool))
        missing = np.setdiff1d(pictures, np.flatnonzero(known))
        if len(missing):
            above = self._networks.tails[group](self._shared[missing])
            kept = self._above.setdefault(group, np.empty((len(known), *above.shape[1:]), np.float32))
            kept[missing], known[missing] = above, True
        return self._above[group][pictures]


def in_batches(function: Function, batch_size: int) -> Function:
    """Return the same function for any number of rows, called with `batch_size` of them at most."""

    def run(inputs: np.ndarray) -> np.ndarray:
        if len(inputs) <= batch_size:
            return function(inputs)
        starts = range(0, len(inputs), batch_size)
        return np.concatenate([function(inputs[start : start + batch_size]) for start in starts])

    return run
