"""Which pictures of an example, or which positions of a map, matter: learnt."""

from dataclasses import dataclass, field
from typing import Any, Literal

from hydranet.errors import ConfigError
from hydranet.heads._head import Head
from hydranet.heads._layers import dropout, in_a_row
from hydranet.settings import PositiveInt, ShareBelowOne


@dataclass(frozen=True)
class Attention(Head):
    """A dense layer on an average for which each picture, or each position of a map, has a weight (arXiv:1802.04712).

    For questions that a few of many pictures decide, whichever these are. Their order makes no difference: that is for
    a `Recurrent` head. Features are brought to one scale first.

    Args:
        units: of the network that gives the weights.
        dropout: share of the average dropped in training, in [0, 1).

    Example:
        >>> [type(layer).__name__ for layer in Attention(units=8).layers(2, feature_shape=(16, 1280))]
        ['Masking', 'BatchNormalization', 'AttentionPooling', 'Dense']
    """

    units: PositiveInt = 64
    dropout: ShareBelowOne = 0.0
    kind: Literal["attention"] = field(default="attention", kw_only=True, repr=False)

    def check_features(self, feature_shape: tuple[int, ...]) -> None:
        """Raise ConfigError unless there are several pictures, or a map."""
        if len(feature_shape) < 2:
            raise ConfigError(
                "An attention head needs examples of several pictures, or a feature map, as with `head: {kind: "
                f"attention, feature: map}}`: received features of shape {feature_shape} of a single picture."
            )

    def layers(self, num_outputs: int, feature_shape: tuple[int, ...]) -> list[Any]:
        """Return normalisation, the weighted average, [dropout], dense; see `Head.layers`."""
        import keras

        from hydranet.heads._poolings import AttentionPooling

        return [
            *in_a_row(feature_shape),
            keras.layers.Masking(),
            keras.layers.BatchNormalization(momentum=0.9),
            AttentionPooling(self.units),
            *dropout(self.dropout),
            keras.layers.Dense(num_outputs),
        ]
