"""Means, deviations and directions of two sets of features, of which there are more than rows."""

from collections.abc import Callable

import numpy as np

# Of the largest singular value: directions below it are rounding.
_LEAST = 1e-5


def brought_to(
    source: np.ndarray, target: np.ndarray, shrinkage: float
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that gives features of `source` mean and variance of `target`; see `Standardise`."""
    deviations = [rows.std(axis=0, dtype=np.float64) for rows in (source, target)]
    least = max(shrinkage * float(np.mean(deviations)), np.finfo(np.float32).tiny)
    factor = ((deviations[1] + least) / (deviations[0] + least)).astype(np.float32)
    before, after = mean(source), mean(target)
    return lambda values: (values - before) * factor + after


def mean(rows: np.ndarray) -> np.ndarray:
    """Return that of each feature: float32 `(num_features,)`."""
    return rows.mean(axis=0, dtype=np.float64).astype(np.float32)


def common_scale(*sets: np.ndarray) -> np.ndarray:
    """Return the standard deviation of each feature within the sets, at least a little: float32 `(num_features,)`."""
    variances = np.mean([rows.var(axis=0, dtype=np.float64) for rows in sets], axis=0)
    scale = np.sqrt(variances)
    return np.asarray(scale + max(0.01 * scale.mean(), np.finfo(np.float32).tiny), np.float32)


def directions(rows: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis of all that rows span: `(num_features, rank)`, rank at most the number of rows.

    From their inner products, which takes a fraction of the time where features are more than rows.
    """
    rows = rows.astype(np.float64)
    if len(rows) >= rows.shape[1]:
        return np.eye(rows.shape[1])
    squares, vectors = np.linalg.eigh(rows @ rows.T)
    kept = squares > _LEAST**2 * squares[-1]
    basis: np.ndarray = rows.T @ (vectors[:, kept] / np.sqrt(squares[kept]))
    return basis
