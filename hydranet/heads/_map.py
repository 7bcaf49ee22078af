"""An answer at each position of a feature map."""

from dataclasses import dataclass, field
from typing import Any, Literal

from hydranet.errors import ConfigError
from hydranet.heads._head import Head
from hydranet.heads._layers import dropout
from hydranet.settings import PositiveInt, ShareBelowOne


@dataclass(frozen=True)
class Map(Head):
    """Features on one scale, a convolution over neighbours, and one of each position: outputs for every position.

    Args:
        hidden: channels of the first convolution.
        dropout: share of these dropped in training, in [0, 1).
        feature: a map. The earlier `map_1` has twice the positions of the last one, `map`, and shows edges better.

    Example:
        >>> [type(layer).__name__ for layer in Map(dropout=0).layers(2, feature_shape=(10, 10, 576))]
        ['BatchNormalization', 'Conv2D', 'Conv2D']
    """

    hidden: PositiveInt = 64
    dropout: ShareBelowOne = 0.3
    feature: str | None = field(default="map_1", kw_only=True)
    kind: Literal["map"] = field(default="map", kw_only=True, repr=False)

    def check_features(self, feature_shape: tuple[int, ...]) -> None:
        """Raise ConfigError unless the features are the map of one picture."""
        if len(feature_shape) != 3:
            raise ConfigError(
                f"A map head needs a feature map (height, width, channels): received features of shape "
                f"{feature_shape}. Let it read one, such as `head: {{kind: map, feature: map}}`."
            )

    def layers(self, num_outputs: int, feature_shape: tuple[int, ...]) -> list[Any]:
        """Return normalisation, convolution, [dropout], convolution of one position; see `Head.layers`."""
        import keras

        hidden = keras.layers.Conv2D(self.hidden, 3, padding="same", activation="relu")
        # Features of a pretrained network are on scales of their own, on which all hidden units may fall silent.
        norm = keras.layers.BatchNormalization(momentum=0.9)
        return [norm, hidden, *dropout(self.dropout), keras.layers.Conv2D(num_outputs, 1)]
