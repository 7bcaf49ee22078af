"""Weights that let tasks train at similar rates."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from hydranet.balancing._balancing import Balancing, State, mean_over, normalise
from hydranet.settings import NonNegativeFloat, PositiveFloat

# Keeps the training rate of a task that starts with a loss of 0 finite.
_EPSILON = 1e-8


@dataclass(frozen=True)
class GradNorm(Balancing):
    """Tasks pull at the shared features equally hard, and those that lag behind a little harder.

    After Chen et al., GradNorm: Gradient Normalization for Adaptive Loss Balancing in Deep Multitask Networks
    (2018, arXiv:1711.02257). A task that has kept more of its first loss than the average has a training rate r
    above 1, and the norm of its weighted gradient is drawn to mean norm · r^alpha by descending the sum of the
    distances. The descent is in the logarithms of the weights, and in units of the mean norm: so weights stay
    positive, and the scale of losses and gradients does not matter. Their sum is the number of tasks.

    Args:
        alpha: how strongly tasks that lag behind are favoured, at least 0; 0 makes all norms equal.
        learning_rate: of the logarithms of the weights, above 0.

    Raises:
        ConfigError: a field is outside its range.

    Example:
        >>> GradNorm(alpha=0).initial_state(num_tasks=2)["weights"].tolist()
        [1.0, 1.0]
    """

    alpha: NonNegativeFloat = 1.5
    learning_rate: PositiveFloat = 0.025
    kind: Literal["gradnorm"] = field(default="gradnorm", kw_only=True, repr=False)

    def initial_state(self, num_tasks: int) -> dict[str, np.ndarray]:
        """Return weights of 1, and first losses of 0, which stands for a task that was never present."""
        return {
            "weights": np.ones(num_tasks, np.float32),
            "first_losses": np.zeros(num_tasks, np.float32),
        }

    def weigh(self, state: State, losses: Any, gradients: Any, present: Any) -> tuple[Any, State]:
        """Return the weights that the steps before have led to; see `Balancing.weigh`."""
        import tensorflow as tf

        weights, first_losses = state["weights"], state["first_losses"]
        first_losses = tf.where(present & (first_losses == 0.0), losses, first_losses)
        ratios = (losses + _EPSILON) / (first_losses + _EPSILON)
        rates = ratios / mean_over(present, ratios)
        norms = weights * tf.norm(gradients, axis=1)
        mean_norm = mean_over(present, norms)
        signs = tf.sign(norms - mean_norm * rates**self.alpha)
        slopes = tf.math.divide_no_nan(signs * norms, mean_norm)
        descended = normalise(present, weights * tf.exp(-self.learning_rate * slopes))
        # The present tasks share what they had, so that the absent ones keep theirs.
        descended *= mean_over(present, weights)
        return normalise(present, weights), {
            "weights": tf.where(present, descended, weights),
            "first_losses": first_losses,
        }
