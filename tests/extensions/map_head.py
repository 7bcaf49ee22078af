"""A kind of head of one's own, which gives a map: outputs at each position of the feature map."""

from dataclasses import dataclass, field
from typing import Literal

from hydranet import ConfigError
from hydranet.heads import Head
from hydranet.settings import PositiveInt


@dataclass(frozen=True)
class MapHead(Head):
    """Features on one scale, and two convolutions, the second of one position.

    Args:
        hidden: channels of the first.
    """

    hidden: PositiveInt = 16
    feature: str | None = field(default="map", kw_only=True)
    kind: Literal["map"] = field(default="map", kw_only=True, repr=False)

    def check_features(self, feature_shape):
        if len(feature_shape) != 3:
            raise ConfigError(f"A map head needs a feature map: received features {feature_shape}.")

    def layers(self, num_outputs, feature_shape):
        import keras

        hidden = keras.layers.Conv2D(self.hidden, 3, padding="same", activation="relu")
        # Features of a pretrained network are on scales of their own, on which all hidden units may fall silent.
        norm = keras.layers.BatchNormalization(momentum=0.9)
        return [norm, hidden, keras.layers.Conv2D(num_outputs, 1)]
