"""No balancing."""

from dataclasses import dataclass, field
from typing import Any, Literal

from hydranet.balancing._balancing import Balancing, State


@dataclass(frozen=True)
class Static(Balancing):
    """Every task counts as its `loss_weight` says, at every step.

    Example:
        >>> Static().initial_state(num_tasks=3)
        {}
    """

    kind: Literal["static"] = field(default="static", kw_only=True, repr=False)

    def weigh(self, state: State, losses: Any, gradients: Any, present: Any) -> tuple[Any, State]:
        """Return 1 for every present task; see `Balancing.weigh`."""
        import tensorflow as tf

        return tf.cast(present, tf.float32), state
