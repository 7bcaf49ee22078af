"""What runs below the heads, on whichever engine: the trunk, and the tails if the top was trained."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from hydranet.backbones import Place
from hydranet.data import without_absent

# From one array to several by name.
Function = Callable[[np.ndarray], Mapping[str, np.ndarray]]


@dataclass(frozen=True)
class Networks:
    """Functions from pictures to what heads stand on.

    Args:
        image_size: `(height, width)` of the pictures, in pixels; of arrays of features the whole shape.
        trunk: from float32 `(batch, height, width, 3)`, values in [0, 255], to features by name.
        tails: from the one thing that the trunk gives then to the features of a tail group, by its name; none if heads
            stand on the trunk.
        fingerprints: of the layers under a head, by where it stands.
        example_shape: how the pictures of one example are arranged: `()` for a single one.
    """

    image_size: tuple[int, ...]
    trunk: Function
    fingerprints: Mapping[Place, str]
    tails: Mapping[str, Function] = field(default_factory=dict)
    example_shape: tuple[int, ...] = ()

    def places(self, num_pictures: int) -> np.ndarray:
        """Return which pictures each example has, one after the other: int64 `(num_examples, *example_shape)`."""
        return np.arange(num_pictures).reshape(-1, *self.example_shape)


class Features(Protocol):
    """What heads read of a batch."""

    def of(self, place: Place, rows: np.ndarray) -> np.ndarray:
        """Return what heads at a place read, for the rows of a boolean mask `(batch,)`."""


class BatchFeatures:
    """The features of one batch; each picture passes each tail at most once, and only if asked.

    Args:
        networks: what computes them.
        images: float32 `(num_pictures, height, width, 3)`, values in [0, 255].
        places: for each row of the batch, which of `images` it is about: int `(batch, *example_shape)`.
    """

    def __init__(self, networks: Networks, images: np.ndarray, places: np.ndarray) -> None:
        self._networks = networks
        self._places = places
        self._num_pictures = len(images)
        self._images = images
        self._shared = without_absent(networks.trunk(images), images)
        self._above: dict[str, dict[str, np.ndarray]] = {}
        self._known: dict[str, np.ndarray] = {}

    def of(self, place: Place, rows: np.ndarray) -> np.ndarray:
        """Return what heads at a place read, for the rows of a boolean mask `(batch,)`."""
        pictures = self._places[rows]
        if place.group is None:
            return self._shared[place.feature][pictures]
        known = self._known.setdefault(place.group, np.zeros(self._num_pictures, bool))
        missing = np.setdiff1d(pictures, np.flatnonzero(known))
        if len(missing):
            self._compute(place.group, missing)
            known[missing] = True
        return self._above[place.group][place.feature][pictures]

    def _compute(self, group: str, pictures: np.ndarray) -> None:
        [activation] = self._shared.values()
        kept = self._above.setdefault(group, {})
        given = self._networks.tails[group](activation[pictures])
        for name, above in without_absent(given, self._images[pictures]).items():
            shape = (self._num_pictures, *above.shape[1:])
            kept.setdefault(name, np.empty(shape, np.float32))[pictures] = above


def in_batches(function: Function, batch_size: int) -> Function:
    """Return the same function for any number of rows, called with `batch_size` of them at most."""

    def run(inputs: np.ndarray) -> Mapping[str, np.ndarray]:
        if len(inputs) <= batch_size:
            return function(inputs)
        starts = range(0, len(inputs), batch_size)
        parts = [function(inputs[start : start + batch_size]) for start in starts]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    return run
