"""Every position of a feature map for itself."""

from dataclasses import dataclass, field
from typing import Any, Literal

from hydranet.errors import ConfigError
from hydranet.heads._head import Head
from hydranet.heads._layers import dense, dropout
from hydranet.settings import ShareBelowOne


@dataclass(frozen=True)
class Flatten(Head):
    """One dense layer on every position of a feature map, or on every picture of an example of several.

    A map needs `feature: map`, or a backbone with `pooling: none`.

    Args:
        dropout: share of the features dropped in training, in [0, 1).

    Example:
        >>> Flatten(dropout=0.5).is_linear
        False
    """

    dropout: ShareBelowOne = 0.0
    kind: Literal["flatten"] = field(default="flatten", kw_only=True, repr=False)

    @property
    def is_linear(self) -> bool:
        """True without dropout."""
        return self.dropout == 0.0

    def check_features(self, feature_shape: tuple[int, ...]) -> None:
        """Raise ConfigError unless the features are a map, or those of several pictures."""
        if len(feature_shape) < 2:
            raise ConfigError(
                f"A flatten head needs a feature map (height, width, channels): received features of shape "
                f"{feature_shape}. Let it read the map, `head: {{feature: map}}`, or use a linear head."
            )

    def layers(self, num_outputs: int, feature_shape: tuple[int, ...]) -> list[Any]:
        """Return flatten, [dropout], dense; see `Head.layers`."""
        import keras

        return [keras.layers.Flatten(), *dropout(self.dropout), keras.layers.Dense(num_outputs)]

    def dense_layers(self, feature_shape: tuple[int, ...]) -> list[dict[str, Any]]:
        """Return flatten, dense; see `Head.dense_layers`."""
        return [{"kind": "flatten"}, dense()]
