"""Inputs of a linear head on a common scale, also where there are few rows to know it from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

# Slices of the rows and float32 `(batch, num_inputs)`, for a batch size.
Batches = Callable[[int], Iterator[tuple[slice, np.ndarray]]]

_BATCH_ROWS = 2048
# Where rows are fewer than inputs, the variance of each input is known as if more rows, this over their number, had
# shown the mean variance of all: what few rows say of a single input is mostly chance.
_PRIOR_ROWS_TIMES_ROWS = 20_000
# Rows whose lengths deviate by no more than this share of their mean are of like length.
_ALIKE = 0.5


@dataclass(frozen=True, eq=False)
class Standardisation:
    """How inputs are standardised, and how that is folded into the weights.

    Args:
        mean, scale: of each input: float32 `(num_inputs,)`.
        length: the mean length of the rows where each is brought to length 1 first; None where they stay as they are.
    """

    mean: np.ndarray
    scale: np.ndarray
    length: float | None = None

    @classmethod
    def of(cls, batches: Batches, num_rows: int, *, by_direction: bool) -> Self:
        """Return that of all rows.

        Args:
            batches: of the rows.
            num_rows: of all batches together.
            by_direction: whether rows that are fewer than the inputs, and of like length, are compared by direction
                alone: the length of so few says more of single pictures, such as their contrast, than of a class.
        """
        length = _alike_length(batches, num_rows) if by_direction else None
        count, mean, squares = 0, np.zeros(1), np.zeros(1)
        for _, inputs in batches(_BATCH_ROWS):
            # By Chan's pairwise update, which does not lose digits.
            rows = inputs if length is None else _directions(inputs)
            size, here = len(rows), rows.mean(axis=0, dtype=np.float64)
            delta = here - mean
            squares = squares + ((rows - here) ** 2).sum(axis=0) + delta**2 * count * size / (count + size)
            mean = mean + delta * size / (count + size)
            count += size
        deviation = np.sqrt(squares / count)
        prior_rows = _PRIOR_ROWS_TIMES_ROWS / num_rows if num_rows < len(mean) else 0
        scale = np.sqrt((squares + prior_rows * squares.mean() / count) / (count + prior_rows))
        # An input that never changes carries nothing: keep its weight at zero instead of dividing by zero.
        scale = np.where(deviation > 1e-6 * np.abs(mean), scale, np.inf)
        return cls(mean.astype(np.float32), scale.astype(np.float32), length)

    def apply(self, inputs: np.ndarray) -> np.ndarray:
        """Return inputs on the common scale: same shape."""
        rows = inputs if self.length is None else _directions(inputs)
        standardised: np.ndarray = (rows - self.mean) / self.scale
        return standardised

    def folded(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return kernel and bias for inputs as they are, in place of weights for standardised ones.

        Args:
            weights: float32 `(num_inputs + 1, num_outputs)`; the last row is the bias.
        """
        kernel = weights[:-1] / self.scale[:, None]
        return kernel / np.float32(self.length or 1), weights[-1] - self.mean @ kernel


def _alike_length(batches: Batches, num_rows: int) -> float | None:
    """Return the mean length of rows that are fewer than their inputs, if all have about that; None otherwise."""
    lengths: list[np.ndarray] = []
    for _, inputs in batches(_BATCH_ROWS):
        if num_rows >= inputs.shape[1]:
            return None
        lengths.append(np.linalg.norm(inputs, axis=1))
    joined = np.concatenate(lengths)
    mean = float(joined.mean())
    return mean if joined.std() <= _ALIKE * mean and joined.min() > 0 else None


def _directions(inputs: np.ndarray) -> np.ndarray:
    directions: np.ndarray = inputs / np.linalg.norm(inputs, axis=1, keepdims=True)
    return directions
