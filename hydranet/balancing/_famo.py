"""Weights that let the losses fall equally fast."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np

from hydranet.balancing._balancing import Balancing, State, normalise
from hydranet.settings import NonNegativeFloat, PositiveFloat

# Keeps the logarithm of a loss of 0 finite.
_EPSILON = 1e-8
# Of Adam, as everywhere.
_BETA_1, _BETA_2 = 0.9, 0.999
_ABSENT_LOGIT = -1e9


@dataclass(frozen=True)
class FAMO(Balancing):
    """Tasks whose loss falls more slowly than that of the others, in relation to itself, count more.

    After Liu et al., FAMO: Fast Adaptive Multitask Optimization (2023, arXiv:2306.03792). Each task has a
    logit; its weight is in proportion to softmax(logits) / loss, and the weights have a mean of 1. After each
    step the logits descend along the change of the log losses, by Adam as in the authors' experiments. It
    needs no gradient of a single task, but one more forward pass in each step.

    Args:
        learning_rate: of the logits, above 0.
        decay: how strongly the logits are drawn to 0, at least 0: gamma in the paper.

    Raises:
        ConfigError: a field is outside its range.

    Example:
        >>> FAMO().looks_ahead, FAMO().initial_state(num_tasks=2)["logits"].tolist()
        (True, [0.0, 0.0])
    """

    learning_rate: PositiveFloat = 0.025
    decay: NonNegativeFloat = 1e-3
    kind: Literal["famo"] = field(default="famo", kw_only=True, repr=False)

    looks_ahead: ClassVar[bool] = True

    def initial_state(self, num_tasks: int) -> dict[str, np.ndarray]:
        """Return logits of 0 and what Adam keeps of each."""
        names = ("logits", "first_moments", "second_moments", "num_updates")
        return {name: np.zeros(num_tasks, np.float32) for name in names}

    def weigh(self, state: State, losses: Any, gradients: Any, present: Any) -> tuple[Any, State]:
        """Return the weights under which log losses count as their logits say; see `Balancing.weigh`."""
        return normalise(present, _shares(state["logits"], present) / (losses + _EPSILON)), state

    def learn(self, state: State, losses_before: Any, losses_after: Any, present: Any) -> State:
        """Return the state with the logits of the present tasks moved; see `Balancing.learn`."""
        import tensorflow as tf

        logits, shares = state["logits"], _shares(state["logits"], present)
        falls = tf.math.log(losses_before + _EPSILON) - tf.math.log(losses_after + _EPSILON)
        falls = tf.where(present, falls, 0.0)
        slopes = shares * (falls - tf.reduce_sum(shares * falls)) + self.decay * logits
        moved = self._adam(state, slopes)
        return {name: tf.where(present, moved[name], state[name]) for name in state}

    def _adam(self, state: State, slopes: Any) -> State:
        import tensorflow as tf

        num_updates = state["num_updates"] + 1.0
        first = _BETA_1 * state["first_moments"] + (1.0 - _BETA_1) * slopes
        second = _BETA_2 * state["second_moments"] + (1.0 - _BETA_2) * slopes**2
        mean = first / (1.0 - _BETA_1**num_updates)
        scale = tf.sqrt(second / (1.0 - _BETA_2**num_updates)) + _EPSILON
        return {
            "logits": state["logits"] - self.learning_rate * mean / scale,
            "first_moments": first,
            "second_moments": second,
            "num_updates": num_updates,
        }


def _shares(logits: Any, present: Any) -> Any:
    """Return the softmax of the present tasks' logits, 0 for the absent ones."""
    import tensorflow as tf

    return tf.where(present, tf.nn.softmax(tf.where(present, logits, _ABSENT_LOGIT)), 0.0)
