"""The minimum of a smooth convex function by L-BFGS (Nocedal and Wright, Numerical Optimization, 2006, algorithm 7.4).

SciPy's takes as long for its own vectors as the gradient of 80 classes does, and near the minimum, where single
precision decides which of two values is lower, it tries dozens of steps in vain. Here slopes choose the step: they keep
their digits there (Hager and Zhang, 2005), and for a convex function they say as much as values do.
"""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

# The value, and the gradient: float32, the shape of the variables.
Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]

_MEMORY = 10
_MOST_ITERATIONS = 500
# No more steps are tried along one direction, and each is at most so many times longer or shorter than the one before.
_MOST_STEPS = 20
_MOST_CHANGE = 10.0
# A step ends where the slope is flatter than this share of the slope at its start.
_FLATTER = 0.9
# Values that differ by less than this share are the same: they are sums in single precision.
_NOISE = 2e-6
_NO_GRADIENT = 1e-5


class Minimum(NamedTuple):
    """Where a function has its minimum, its value there, and how many iterations that has taken."""

    point: np.ndarray
    value: float
    num_iterations: int


class _Change(NamedTuple):
    """A step, what the gradient has changed by, and the product of the two, which is above 0."""

    step: np.ndarray
    gradient: np.ndarray
    curvature: float


def minimise(objective: Objective, start: np.ndarray, tolerance: float) -> Minimum:
    """Return the minimum of a convex function.

    Args:
        objective: the function.
        start: float32 `(num_variables,)`.
        tolerance: the decrease in one iteration, relative to the value where that is above 1, at which to stop.
    """
    point, (value, gradient) = start, objective(start)
    memory: deque[_Change] = deque(maxlen=_MEMORY)
    for iteration in range(_MOST_ITERATIONS):
        if np.abs(gradient).max() <= _NO_GRADIENT:
            return Minimum(point, value, iteration)
        found = _step(objective, point, value, gradient, _direction(gradient, memory))
        if found is None:
            return Minimum(point, value, iteration)
        new_point, new_value, new_gradient = found
        step, change = new_point - point, new_gradient - gradient
        if (curvature := _dot(step, change)) > 0:
            memory.append(_Change(step, change, curvature))
        decrease, scale = value - new_value, max(abs(value), 1)
        point, value, gradient = found
        if decrease <= tolerance * scale:
            return Minimum(point, value, iteration + 1)
    return Minimum(point, value, _MOST_ITERATIONS)


def _direction(gradient: np.ndarray, memory: deque[_Change]) -> np.ndarray:
    """Return where to go, by how the gradient has changed in the last steps."""
    if not memory:
        return gradient * np.float32(-min(1, _dot(gradient, gradient) ** -0.5))
    direction, shares = -gradient, []
    for last in reversed(memory):
        shares.append(_dot(last.step, direction) / last.curvature)
        direction -= np.float32(shares[-1]) * last.gradient
    direction *= np.float32(memory[-1].curvature / _dot(memory[-1].gradient, memory[-1].gradient))
    for last, share in zip(memory, reversed(shares), strict=True):
        direction += np.float32(share - _dot(last.gradient, direction) / last.curvature) * last.step
    return direction


def _step(
    objective: Objective, point: np.ndarray, value: float, gradient: np.ndarray, direction: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray] | None:
    """Return a point along a direction, its value and its gradient; None if none is lower."""
    start, length, too_short, too_long = _dot(gradient, direction), 1.0, 0.0, np.inf
    for _ in range(_MOST_STEPS if start < 0 else 0):
        there = point + np.float32(length) * direction
        new_value, new_gradient = objective(there)
        slope = _dot(new_gradient, direction)
        if new_value <= value + _NOISE * abs(value) and abs(slope) <= -_FLATTER * start:
            return there, new_value, new_gradient
        if slope < 0:
            too_short = length
        else:  # or no number
            too_long = length
        # To where the slope would be 0 if it changed evenly.
        change = start / (start - slope) if slope > start else _MOST_CHANGE
        length *= min(max(1 / _MOST_CHANGE, change), _MOST_CHANGE)
        if not too_short < length < too_long:
            length = (too_short + too_long) / 2
    return None


def _dot(one: np.ndarray, other: np.ndarray) -> float:
    """Return the inner product, without a BLAS: its threads would spin for vectors as short as these."""
    return float(np.einsum("i,i", one, other))
