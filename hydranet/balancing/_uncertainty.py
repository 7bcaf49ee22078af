"""Weights from the uncertainty of each task."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from hydranet.balancing._balancing import Balancing, State
from hydranet.settings import PositiveFloat

# Weights stay in [0.018, 55], however small or large a loss becomes.
_LARGEST_LOG_VARIANCE = 4.0


@dataclass(frozen=True)
class Uncertainty(Balancing):
    """Tasks count less the more uncertain their labels are, which is learnt beside the network.

    After Kendall, Gal and Cipolla, Multi-Task Learning Using Uncertainty to Weigh Losses for Scene Geometry and
    Semantics (2018, arXiv:1705.07115). Each task has a log variance s, and Σ exp(-s)·loss + s/2 is descended in
    s as in the network, so that a weight exp(-s) moves towards 1 / (2·loss). That is the paper's objective for
    classification; for regression too, whose factor 1/2 only shifts s by a constant. The weights are 1 at first
    and have no fixed sum.

    Args:
        learning_rate: of the log variances, above 0.

    Raises:
        ConfigError: the learning rate is outside its range.

    Example:
        >>> Uncertainty().initial_state(num_tasks=2)["log_variances"].tolist()
        [0.0, 0.0]
    """

    learning_rate: PositiveFloat = 0.025
    kind: Literal["uncertainty"] = field(default="uncertainty", kw_only=True, repr=False)

    def initial_state(self, num_tasks: int) -> dict[str, np.ndarray]:
        """Return log variances of 0."""
        return {"log_variances": np.zeros(num_tasks, np.float32)}

    def weigh(self, state: State, losses: Any, gradients: Any, present: Any) -> tuple[Any, State]:
        """Return the inverse variances; see `Balancing.weigh`."""
        import tensorflow as tf

        log_variances = state["log_variances"]
        weights = tf.exp(-log_variances)
        slopes = 0.5 - weights * losses
        descended = tf.clip_by_value(
            log_variances - self.learning_rate * slopes, -_LARGEST_LOG_VARIANCE, _LARGEST_LOG_VARIANCE
        )
        return tf.where(present, weights, 0.0), {"log_variances": tf.where(present, descended, log_variances)}
