"""Which views of which pictures are not stored yet."""

import dataclasses
import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from hydranet.data import Augmentation, Dataset, Picture, Wanted
from hydranet.features._space import FeatureSpace


@dataclass(frozen=True)
class Request:
    """Pictures whose features are wanted.

    Args:
        pictures: to be read where a feature is missing.
        hashes: uint64 `(num_pictures, 2)`, of their content, or in the shape of the examples, `(..., 2)`.
        views: how many views of each.
    """

    pictures: Sequence[Picture]
    hashes: np.ndarray
    views: int = 1

    @classmethod
    def of(cls, dataset: Dataset, *, views: int = 1) -> Self:
        """Return a request for all pictures of a dataset."""
        return cls(dataset.pictures, dataset.picture_hashes, views)


def view_keys(hashes: np.ndarray, view: int, augmentation: Augmentation, seed: int) -> np.ndarray:
    """Return the key of one view of each picture, in the shape of `hashes`: uint64 `(..., 2)`.

    View 0 is the plain picture, whatever the augmentation. How many views there are does not matter, so asking
    for more keeps those that are stored.
    """
    if view == 0:
        return hashes
    changes = f"{augmentation.flip} {augmentation.rotation} {augmentation.crop} {augmentation.colour}"
    salt = f"view {view}, {changes}, seed {seed}{', alike' if augmentation.alike else ''}".encode()
    digests = b"".join(
        hashlib.blake2b(row.tobytes() + salt, digest_size=16).digest() for row in hashes.reshape(-1, 2)
    )
    return np.frombuffer(digests, np.uint64).reshape(hashes.shape)


class Missing(NamedTuple):
    """What is to be computed.

    Args:
        wanted: each picture that lacks views, with those, by its identity, in the order of the requests.
        num_pictures: different pictures asked for.
        num_features: views of them asked for.
    """

    wanted: dict[bytes, Wanted]
    num_pictures: int
    num_features: int

    def share(self, index: int, count: int) -> dict[bytes, Wanted]:
        """Return the pictures that one of `count` workers computes."""
        part = slice(index * len(self.wanted) // count, (index + 1) * len(self.wanted) // count)
        return dict(list(self.wanted.items())[part])


def find_missing(
    requests: Iterable[Request], spaces: Collection[FeatureSpace], augmentation: Augmentation, seed: int
) -> Missing:
    """Return what any of `spaces` lacks of what is asked for."""
    known: dict[bytes, Wanted] = {}
    num_views: dict[bytes, int] = {}
    for request in requests:
        hashes = request.hashes.reshape(-1, 2)
        keys = [view_keys(hashes, view, augmentation, seed) for view in range(request.views)]
        lacking = [~np.all([space.contains(each) for space in spaces], axis=0) for each in keys]
        for row, picture in enumerate(request.pictures):
            identity = hashes[row].tobytes()
            num_views[identity] = max(request.views, num_views.get(identity, 0))
            views = {view for view in range(request.views) if lacking[view][row]}
            earlier = known.get(identity)
            if earlier is None:
                known[identity] = Wanted(picture, hashes[row], tuple(sorted(views)))
            elif not views <= set(earlier.views):
                known[identity] = dataclasses.replace(earlier, views=tuple(sorted({*views, *earlier.views})))
    wanted = {identity: each for identity, each in known.items() if each.views}
    return Missing(wanted, len(known), sum(num_views.values()))
