"""A plug-in: a balancing method of one's own."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from hydranet.balancing import Balancing, State, normalise
from hydranet.settings import PositiveFloat


@dataclass(frozen=True)
class SlowDescent(Balancing):
    """Tasks whose loss has fallen less than that of the others since the step before count more.

    After dynamic weight averaging: Liu et al., End-to-End Multi-Task Learning with Attention (2019, arXiv:1803.10704).

    Args:
        temperature: the higher, the more alike the weights.
    """

    temperature: PositiveFloat = 2.0
    kind: Literal["slow_descent"] = field(default="slow_descent", kw_only=True, repr=False)

    def initial_state(self, num_tasks: int) -> dict[str, np.ndarray]:
        """Return losses of 0, which stand for steps that were not made."""
        return {name: np.zeros(num_tasks, np.float32) for name in ("last", "before_last")}

    def weigh(self, state: State, losses: Any, gradients: Any, present: Any) -> tuple[Any, State]:
        """Return the softmax of the rates of descent; see `Balancing.weigh`."""
        import tensorflow as tf

        last, before_last = state["last"], state["before_last"]
        rates = tf.where(before_last > 0.0, tf.math.divide_no_nan(last, before_last), 1.0)
        weights = tf.exp(tf.minimum(rates / self.temperature, 20.0))
        state = {
            "last": tf.where(present, losses, last),
            "before_last": tf.where(present, last, before_last),
        }
        return normalise(present, weights), state
