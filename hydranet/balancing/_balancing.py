"""What every balancing method can do, and how tasks that a batch has no labels for are left out."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hydranet.settings import Variant

# Small float32 tensors by name, which checkpoints keep.
State = dict[str, Any]


@dataclass(frozen=True)
class Balancing(Variant):
    """A method that decides the weight of each task in the gradient of the layers that all tasks share.

    A method of one's own is a frozen dataclass below it, with its own `kind`. `T` is the number of tasks and
    `F` that of the shared features. A task that is absent, because the batch has no label for it, gets the
    weight 0; what is known of it stays as it was, and its loss and gradient are not looked at.

    Example:
        >>> Balancing.variants()["pcgrad"].__name__
        'PCGrad'
    """

    # Whether `learn` wants the losses after the step, which cost one more forward pass.
    looks_ahead: ClassVar[bool] = False

    def initial_state(self, num_tasks: int) -> dict[str, np.ndarray]:
        """Return what is known before the first step: float32 arrays by name, none for a stateless method."""
        return {}

    @abstractmethod
    def weigh(self, state: State, losses: Any, gradients: Any, present: Any) -> tuple[Any, State]:
        """Return the weights for this step, and the state for the next one.

        Args:
            state: as `initial_state` or the step before gave it.
            losses: the mean loss of each task over its labelled rows: float32 `(T,)`, at least 0.
            gradients: of each task's loss in a bias added to the shared features, which is the sum over the
                rows of the gradients in the features: float32 `(T, F)`.
            present: which tasks the batch has labels for: bool `(T,)`.

        Returns:
            float32 `(T,)`, about 1 for tasks that are alike, and a state of the same names and shapes.
        """

    def learn(self, state: State, losses_before: Any, losses_after: Any, present: Any) -> State:
        """Return the state for the next step from what this one did to the losses on its own batch.

        Args:
            state: as `weigh` gave it.
            losses_before: those that `weigh` got: float32 `(T,)`.
            losses_after: the same with the weights of the network after the step: float32 `(T,)`.
            present: as `weigh` got it: bool `(T,)`.
        """
        return state


def mean_over(present: Any, values: Any) -> Any:
    """Return the mean of the values of the present tasks, 0 if there are none."""
    import tensorflow as tf

    total = tf.reduce_sum(tf.where(present, values, 0.0))
    return tf.math.divide_no_nan(total, tf.reduce_sum(tf.cast(present, tf.float32)))


def normalise(present: Any, weights: Any) -> Any:
    """Return the weights with a mean of 1 over the present tasks, and 0 for the absent ones."""
    import tensorflow as tf

    return tf.math.divide_no_nan(tf.where(present, weights, 0.0), mean_over(present, weights))
