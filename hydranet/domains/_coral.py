"""Covariances brought to those of the domain."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from hydranet.domains._adaptation import Adaptation, Adapted
from hydranet.domains._moments import common_scale, directions, mean
from hydranet.settings import PositiveFloat


@dataclass(frozen=True)
class Coral(Adaptation):
    """The features of training pictures are whitened and recoloured: they get mean and covariance of the domain.

    After Sun, Feng and Saenko, Correlation Alignment for Unsupervised Domain Adaptation (2016, arXiv:1612.01939), with
    the mean. Both covariances are of features on a common scale, within what the pictures of both span.

    Args:
        shrinkage: how many times the mean variance is added to both covariances: what few pictures say of most
            directions is chance.

    Example:
        >>> rows = np.random.default_rng(0).normal(size=(500, 2)).astype(np.float32)
        >>> brought = Coral(shrinkage=1e-6).adapt(rows, rows @ np.array([[1, 1], [0, 1]], np.float32)).bring(rows)
        >>> np.cov(brought.T).round(1)
        array([[1. , 1. ],
               [1. , 1.9]])
    """

    shrinkage: PositiveFloat = 1.0
    kind: Literal["coral"] = field(default="coral", kw_only=True, repr=False)

    def adapt(self, source: np.ndarray, target: np.ndarray) -> Adapted:
        """Return features whitened and recoloured; see `Adaptation.adapt`."""
        before, after, scale = mean(source), mean(target), common_scale(source, target)
        centred = [(source - before) / scale, (target - after) / scale]
        basis = directions(np.concatenate(centred))
        covariances = [np.cov((rows @ basis).T, bias=True).reshape(basis.shape[1], -1) for rows in centred]
        added = self.shrinkage * sum(map(np.trace, covariances)) / (2 * len(scale)) * np.eye(basis.shape[1])
        added += np.finfo(np.float32).tiny * np.eye(len(added))
        whitened, recoloured = _power(covariances[0] + added, -0.5), _power(covariances[1] + added, 0.5)
        within = whitened @ recoloured - np.eye(len(added))
        into, back = (basis @ within).astype(np.float32), basis.T.astype(np.float32)

        def bring(values: np.ndarray) -> np.ndarray:
            rows = (values - before) / scale
            brought: np.ndarray = (rows + rows @ into @ back) * scale + after
            return brought

        return Adapted(bring)


def _power(covariance: np.ndarray, exponent: float) -> np.ndarray:
    squares, vectors = np.linalg.eigh(covariance)
    powered: np.ndarray = (vectors * np.maximum(squares, squares[-1] * 1e-12) ** exponent) @ vectors.T
    return powered
