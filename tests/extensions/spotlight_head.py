"""A kind of head of one's own, which reads a feature map: it learns at which positions to look."""

from dataclasses import dataclass, field
from typing import Literal

from hydranet import ConfigError
from hydranet.heads import Head


@dataclass(frozen=True)
class Spotlight(Head):
    """The mean of a map weighted by a softmax over its positions, and a dense layer."""

    feature: str | None = field(default="map", kw_only=True)
    kind: Literal["spotlight"] = field(default="spotlight", kw_only=True, repr=False)

    def check_features(self, feature_shape):
        if len(feature_shape) != 3:
            raise ConfigError(f"A spotlight head needs a feature map: received features {feature_shape}.")

    def layers(self, num_outputs, feature_shape):
        import keras

        return [_spotlight(feature_shape), keras.layers.Dense(num_outputs)]


def _spotlight(feature_shape):
    import keras

    height, width, channels = feature_shape
    features = keras.Input(feature_shape)
    positions = keras.layers.Reshape((height * width, channels))(features)
    weights = keras.layers.Softmax(axis=1)(keras.layers.Dense(1)(positions))
    seen = keras.layers.Flatten()(keras.layers.Dot(axes=1)([weights, positions]))
    return keras.Model(features, seen)
