"""What heads have read of a batch, kept to say how unusual its pictures are, if anybody asks."""

from functools import cached_property

import numpy as np

from hydranet.heads import UsualFeatures, unit_vectors


class ReadFeatures:
    """What the heads at one place have read in a pass.

    Args:
        features: float32 `(num_rows, *feature_shape)`.
        rows: for which of the batch they stand: boolean `(batch,)`.
    """

    def __init__(self, features: np.ndarray, rows: np.ndarray) -> None:
        self._features = features
        self._rows = rows

    def unusual(self, usual: UsualFeatures) -> np.ndarray:
        """Return how unusual each picture is to a head: float64 `(batch,)`; NaN where it was not read."""
        unusual = np.full(len(self._rows), np.nan)
        with np.errstate(over="ignore", invalid="ignore"):  # of features that are not finite it is NaN
            unusual[self._rows] = usual.unusual(self._vectors)
        return unusual

    @cached_property
    def _vectors(self) -> np.ndarray:
        """The same for all heads of the place."""
        return unit_vectors(self._features)
