"""One dense layer."""

from dataclasses import dataclass, field
from typing import Any, Literal

from hydranet.heads._head import Head
from hydranet.heads._layers import dense, dense_pooling, dropout, pooling
from hydranet.settings import ShareBelowOne


@dataclass(frozen=True)
class Linear(Head):
    """One dense layer; a feature map is averaged over its positions first, and several pictures are over all.

    Without dropout its training is a convex problem, and the optimum is found without a learning rate.

    Args:
        dropout: share of the features dropped in training, in [0, 1).

    Example:
        >>> Linear().is_linear, Linear(dropout=0.2).is_linear
        (True, False)
    """

    dropout: ShareBelowOne = 0.0
    kind: Literal["linear"] = field(default="linear", kw_only=True, repr=False)

    @property
    def is_linear(self) -> bool:
        """True without dropout."""
        return self.dropout == 0.0

    def layers(self, num_outputs: int, feature_shape: tuple[int, ...]) -> list[Any]:
        """Return [average pooling], [dropout], dense; see `Head.layers`."""
        import keras

        return [*pooling(feature_shape), *dropout(self.dropout), keras.layers.Dense(num_outputs)]

    def dense_layers(self, feature_shape: tuple[int, ...]) -> list[dict[str, Any]]:
        """Return [average], dense; see `Head.dense_layers`."""
        return [*dense_pooling(feature_shape), dense()]
