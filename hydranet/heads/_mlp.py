"""Hidden layers."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from annotated_types import MinLen

from hydranet.heads._head import Head
from hydranet.heads._layers import dense, dense_pooling, dropout, pooling
from hydranet.settings import PositiveInt, ShareBelowOne

# Of batch normalisation; Keras's own.
_EPSILON = 1e-3


@dataclass(frozen=True)
class MLP(Head):
    """Hidden dense layers with ReLU, each followed by batch normalisation and dropout where asked for.

    Args:
        hidden: the size of each hidden layer.
        batch_norm: whether to normalise after each hidden layer.
        dropout: share of each hidden layer dropped in training, in [0, 1).

    Example:
        >>> MLP(hidden=(200,), batch_norm=True, dropout=0.4).is_linear
        False
    """

    hidden: Annotated[tuple[PositiveInt, ...], MinLen(1)] = (256,)
    batch_norm: bool = False
    dropout: ShareBelowOne = 0.0
    kind: Literal["mlp"] = field(default="mlp", kw_only=True, repr=False)

    def layers(self, num_outputs: int, feature_shape: tuple[int, ...]) -> list[Any]:
        """Return [average pooling], the hidden stack, dense; see `Head.layers`."""
        import keras

        stack = pooling(feature_shape)
        for size in self.hidden:
            stack.append(keras.layers.Dense(size, activation="relu"))
            if self.batch_norm:
                stack.append(keras.layers.BatchNormalization(epsilon=_EPSILON))
            stack += dropout(self.dropout)
        return [*stack, keras.layers.Dense(num_outputs)]

    def dense_layers(self, feature_shape: tuple[int, ...]) -> list[dict[str, Any]]:
        """Return [average], the hidden stack, dense; see `Head.dense_layers`."""
        norm = [{"kind": "batch_norm", "epsilon": _EPSILON}] if self.batch_norm else []
        hidden = [layer for _ in self.hidden for layer in (dense("relu"), *norm)]
        return [*dense_pooling(feature_shape), *hidden, dense()]
