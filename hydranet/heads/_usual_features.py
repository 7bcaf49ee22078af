"""How unusual features are beside those that a head was trained on, in a few kilobytes that stand by the head."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

# Of each head: more separate pictures of another kind better, and take more room.
_MOST_DIRECTIONS = 16
_PICTURES_PER_DIRECTION = 4
# Of the pictures at hand each is measured by what was made of others, until so many are.
_NUM_FOLDS, _MOST_MEASURED = 5, 500
# The shares at which distances are kept; above the last one they are taken to thin out exponentially.
_SHARES = np.linspace(0.05, 0.9, 18)
# Of the search for the directions.
_ITERATIONS, _MORE_DIRECTIONS = 3, 8
_LITTLE = 1e-6


@dataclass(frozen=True, eq=False)
class UsualFeatures:
    """What the features of a task's training pictures have in common: their mean, and the directions they differ in.

    All by direction alone, of vectors of length 1. What these few directions leave over of a picture's features is its
    distance: large for a picture of another kind, which differs in other ways than the training pictures do among
    themselves. As in Wang et al., ViM: Out-of-Distribution with Virtual-Logit Matching, 2022, arXiv:2203.10807.

    Args:
        rows: int8 `(1 + num_directions, num_features)`: the mean, and the directions, each divided by its scale.
        scales: float32 `(1 + num_directions,)`.
        distances: float32, rising: those that even shares of the training pictures lie below, when each is measured by
            what was made of others.
        excess: by how much those above the last distance exceed it on the mean, above 0.
        share: of the pictures that lie below the last distance, in (0, 1).

    Example:
        >>> rng = np.random.default_rng(0)
        >>> usual = UsualFeatures.of(rng.normal(size=(200, 3)) @ rng.normal(size=(3, 50)))
        >>> bool(usual.unusual(unit_vectors(rng.normal(size=(1, 50))))[0] > 0.99)
        True
    """

    rows: np.ndarray
    scales: np.ndarray
    distances: np.ndarray
    excess: float
    share: float

    @classmethod
    def of(cls, features: np.ndarray) -> Self | None:
        """Return what training pictures have in common, or None of fewer than two.

        Args:
            features: float `(num_examples, *feature_shape)`.
        """
        if len(features) < 2:
            return None
        vectors = unit_vectors(features)
        rows = _mean_and_directions(vectors)
        scales = np.maximum(np.abs(rows).max(axis=1), _LITTLE) / np.float32(127)
        known = _distances_to_others(vectors)
        # Whoever knows few distances is not sure that the largest of them is large.
        share = float(_SHARES[-1]) * len(known) / (len(known) + 1)
        distances = np.quantile(known, _SHARES).astype(np.float32)
        above = known[known > distances[-1]] - distances[-1]
        excess = max(float(above.mean()) if len(above) else 0.0, float(known.std()) / 2, _LITTLE)
        return cls(np.round(rows / scales[:, None]).astype(np.int8), scales, distances, excess, share)

    @property
    def num_features(self) -> int:
        """How long the vectors are."""
        return int(self.rows.shape[1])

    def distance(self, vectors: np.ndarray) -> np.ndarray:
        """Return how far vectors are from the training pictures: float32 `(batch,)`.

        That of one does not depend on which others come with it, to the bit.

        Args:
            vectors: as `unit_vectors` gives them.
        """
        rows = self.rows.astype(np.float32)
        left = vectors - rows[0] * self.scales[0]
        # One product for each vector: products of several add up in an order that depends on their number.
        along = np.matmul(rows[1:], left[:, :, None])[:, :, 0] * self.scales[1:]
        return np.asarray(_squares(left) - _squares(along))

    def unusual(self, vectors: np.ndarray) -> np.ndarray:
        """Return how unusual vectors are, from 0 to 1: about the share of the training pictures that are less so.

        Args:
            vectors: as `unit_vectors` gives them.
        """
        distance = self.distance(vectors)
        within = np.interp(distance, *self._known_shares)
        beyond = np.maximum(distance - self.distances[-1], 0)
        return np.minimum(within - (1 - self.share) * np.expm1(beyond / -self.excess), 1.0)

    @cached_property
    def _known_shares(self) -> tuple[np.ndarray, np.ndarray]:
        """Distances, and the share of the training pictures below each: none is nearer than 0."""
        return np.append(0.0, self.distances), np.linspace(0.0, self.share, len(self.distances) + 1)

    def as_data(self) -> dict[str, Any]:
        """Return it in JSON types."""
        return {
            "num_features": self.num_features,
            "rows": _as_text(self.rows, "i1"),
            "scales": _as_text(self.scales, "<f4"),
            "distances": _as_text(self.distances, "<f4"),
            "excess": self.excess,
            "share": self.share,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return what `as_data` described.

        Raises:
            ValueError, KeyError, TypeError: it is not what that gives.
        """
        scales, distances = (_as_array(data[name], "<f4") for name in ("scales", "distances"))
        rows = _as_array(data["rows"], "i1").reshape(len(scales), int(data["num_features"]))
        excess, share = float(data["excess"]), float(data["share"])
        if not (np.isfinite([*scales, *distances, excess]).all() and excess > 0 and 0 < share < 1):
            raise ValueError("numbers that are not finite, or out of range")
        if not (len(scales) and len(distances) and (np.diff(distances) >= 0).all()):
            raise ValueError("distances that do not rise, or no mean")
        return cls(rows, scales, distances, excess, share)


def unit_vectors(features: np.ndarray) -> np.ndarray:
    """Return features as vectors of length 1; one of zeros stays as it is.

    Args:
        features: `(batch, *feature_shape)`; of maps, and of several pictures, the means are taken.

    Returns:
        float32 `(batch, num_features)`.
    """
    pooled = np.asarray(features, np.float32)
    if pooled.ndim > 2:
        pooled = pooled.reshape(len(pooled), -1, pooled.shape[-1]).mean(axis=1)
    length = np.sqrt(_squares(pooled))[:, None]
    return np.asarray(pooled / np.maximum(length, np.finfo(np.float32).tiny))


def _mean_and_directions(vectors: np.ndarray) -> np.ndarray:
    """Return the mean, and the orthogonal directions of most variance: float32 `(1 + num_directions, num_features)`.

    By subspace iteration: Halko, Martinsson, Tropp, 2011, arXiv:0909.4061.
    """
    mean = vectors.mean(axis=0)
    # Of few features some must be left over.
    num_directions = min(len(vectors) // _PICTURES_PER_DIRECTION, _MOST_DIRECTIONS, len(mean) // 2)
    centred = vectors - mean
    width = min(num_directions + _MORE_DIRECTIONS, len(mean))
    found = np.random.default_rng(0).standard_normal((len(mean), width), np.float32)
    for _ in range(1 + _ITERATIONS):
        found = np.linalg.qr(centred.T @ (centred @ found))[0]
    rotation = np.linalg.svd(centred @ found, full_matrices=False)[2]
    return np.concatenate([mean[None], (rotation @ found.T)[:num_directions]])


def _distances_to_others(vectors: np.ndarray) -> np.ndarray:
    """Return the distance of pictures from what was made of others: of all, or of as many as are enough."""
    num_folds = min(_NUM_FOLDS, len(vectors))
    fold_of = np.arange(len(vectors)) % num_folds
    known = np.empty(0, np.float32)
    for fold in range(num_folds):
        rows = _mean_and_directions(vectors[fold_of != fold])
        left = vectors[fold_of == fold] - rows[0]
        known = np.append(known, _squares(left) - _squares(left @ rows[1:].T))
        if len(known) >= _MOST_MEASURED:
            break
    return known


def _squares(vectors: np.ndarray) -> np.ndarray:
    """Return the squared length of each vector."""
    return np.asarray(np.einsum("ij,ij->i", vectors, vectors))


def _as_text(array: np.ndarray, dtype: str) -> str:
    return base64.b64encode(array.astype(dtype).tobytes()).decode("ascii")


def _as_array(text: str, dtype: str) -> np.ndarray:
    array = np.frombuffer(base64.b64decode(text, validate=True), dtype)
    return array.astype(array.dtype.newbyteorder("="))
