"""Losses that are convex in the outputs: under a linear head, training finds their optimum without a learning rate.

All are losses of generalised linear models with their canonical link, so the gradient at the outputs is
`activate(outputs) − targets` (McCullagh and Nelder, Generalized Linear Models, 1989).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class ConvexLoss(ABC):
    """A convex loss of raw outputs; its gradient at the outputs is `activate(outputs) − targets`.

    A task whose `convex_loss` is one trains a linear head with it instead of its own `loss`, so both must have the
    same optimum: they may differ by a factor.
    """

    # Whether one factor on all outputs makes them more or less sure, and nothing else: a temperature can be chosen.
    has_temperature: ClassVar[bool] = False
    # Whether the outputs are log-odds of classes: how sure a head is that few examples have trained can be limited.
    has_log_odds: ClassVar[bool] = False

    @abstractmethod
    def activate(self, outputs: Any) -> Any:
        """Return what is compared with the targets: a float32 tensor, the shape of `outputs`."""

    @abstractmethod
    def losses(self, outputs: Any, targets: Any) -> Any:
        """Return the loss of each row: a float32 tensor `(num_rows,)`."""


@dataclass(frozen=True)
class SoftmaxCrossEntropy(ConvexLoss):
    """The cross-entropy of one class out of several."""

    has_temperature: ClassVar[bool] = True
    has_log_odds: ClassVar[bool] = True

    def activate(self, outputs: Any) -> Any:
        """Return probabilities that sum to 1; see `ConvexLoss.activate`."""
        import tensorflow as tf

        return tf.nn.softmax(outputs)

    def losses(self, outputs: Any, targets: Any) -> Any:
        """Return the cross-entropy of each row; see `ConvexLoss.losses`."""
        import tensorflow as tf

        return -tf.reduce_sum(targets * tf.nn.log_softmax(outputs), axis=1)


@dataclass(frozen=True)
class SigmoidCrossEntropy(ConvexLoss):
    """The cross-entropy of yes-or-no answers, summed over the outputs."""

    has_log_odds: ClassVar[bool] = True

    def activate(self, outputs: Any) -> Any:
        """Return a probability for each output; see `ConvexLoss.activate`."""
        import tensorflow as tf

        return tf.sigmoid(outputs)

    def losses(self, outputs: Any, targets: Any) -> Any:
        """Return the cross-entropy of each row; see `ConvexLoss.losses`."""
        import tensorflow as tf

        return tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(targets, outputs), axis=1)


@dataclass(frozen=True)
class HalfSquaredError(ConvexLoss):
    """Half the squared error, summed over the outputs."""

    def activate(self, outputs: Any) -> Any:
        """Return the outputs; see `ConvexLoss.activate`."""
        return outputs

    def losses(self, outputs: Any, targets: Any) -> Any:
        """Return half the squared error of each row; see `ConvexLoss.losses`."""
        import tensorflow as tf

        return 0.5 * tf.reduce_sum(tf.square(outputs - targets), axis=1)
