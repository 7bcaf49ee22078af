"""How sure a head is: one factor on its outputs, the inverse of a temperature, where its loss has one."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from hydranet.tasks import ConvexLoss

_PRIOR_EXAMPLES = 3
_LOG_BOUNDS = (-3.0, 3.0)
# Under a strong penalty outputs are small.
_USUAL_LOG_BOUNDS = (-5.0, 8.0)
_LEAST_LOG_FACTOR = float(np.log(0.2))


def best_sharpening(loss: ConvexLoss, outputs: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> float:
    """Return the factor on the outputs with the lowest loss.

    A standard normal prior on its logarithm, worth a few examples, keeps it finite where nothing is wrong.

    Args:
        loss: of the outputs.
        outputs: float32 `(num_rows, num_outputs)`, of rows that have not trained them.
        targets: of the same shape.
        weights: float32 `(num_rows,)`.
    """

    def objective(log_factor: float) -> float:
        return (
            _sharpened_loss(loss, outputs, targets, weights, log_factor)
            + 0.5 * _PRIOR_EXAMPLES * log_factor**2
        )

    return _lowest(objective, _LOG_BOUNDS)


def usual_confidence(
    loss: ConvexLoss,
    outputs: np.ndarray,
    targets: np.ndarray,
    weights: np.ndarray,
    *,
    squared_weights: float,
    num_examples: int,
) -> float:
    """Return the factor with which few examples may be believed, from those that have trained the outputs themselves.

    It is the optimum along the direction of the head's weights under a standard normal prior on them, whatever penalty
    has found the direction.

    Args:
        loss: of the outputs.
        outputs: float32 `(num_rows, num_outputs)`.
        targets: of the same shape.
        weights: float32 `(num_rows,)`.
        squared_weights: the sum of the squared weights of the head, without the biases.
        num_examples: how many pictures there are, however many views of each.
    """
    shares = weights / weights.sum()

    def objective(log_factor: float) -> float:
        penalty = 0.5 * squared_weights * np.exp(2 * log_factor) / num_examples
        return _sharpened_loss(loss, outputs, targets, shares, log_factor) + float(penalty)

    return _lowest(objective, _USUAL_LOG_BOUNDS)


def honest_confidence(
    loss: ConvexLoss, outputs: np.ndarray, targets: np.ndarray, weights: np.ndarray, unseen_loss: float
) -> float:
    """Return the factor with which outputs are as sure of the rows that have trained them as of others.

    It is in [0.2, 1]: outputs that keep less would be learnt anew.

    Args:
        loss: of the outputs.
        outputs: float32 `(num_rows, num_outputs)`, of rows that have trained them.
        targets: of the same shape.
        weights: float32 `(num_rows,)`.
        unseen_loss: the mean loss on rows that have not.
    """
    shares = weights / weights.sum()

    def excess(log_factor: float) -> float:
        return _sharpened_loss(loss, outputs, targets, shares, log_factor) - unseen_loss

    if excess(0.0) >= 0:
        return 1.0
    if excess(_LEAST_LOG_FACTOR) <= 0:
        return float(np.exp(_LEAST_LOG_FACTOR))
    return float(np.exp(brentq(excess, _LEAST_LOG_FACTOR, 0.0)))


def _sharpened_loss(
    loss: ConvexLoss, outputs: np.ndarray, targets: np.ndarray, weights: np.ndarray, log_factor: float
) -> float:
    return float(loss.losses(outputs * np.exp(np.float32(log_factor)), targets).numpy() @ weights)


def _lowest(objective: Callable[[float], float], bounds: tuple[float, float]) -> float:
    return float(np.exp(minimize_scalar(objective, bounds=bounds, method="bounded").x))
