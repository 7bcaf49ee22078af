"""Kinds of backbone of one's own: a small convolutional network, once with cuts and once frozen only."""

from dataclasses import dataclass, field
from typing import Literal

from hydranet import Backbone
from hydranet.settings import PositiveInt


@dataclass(frozen=True)
class Tiny(Backbone):
    """Three convolutions with random weights; an early level is a feature too.

    Args:
        width: channels of the first convolution.
        image_size: see `Backbone`.
    """

    width: PositiveInt = 4
    kind: Literal["tiny"] = field(default="tiny", kw_only=True, repr=False)

    @property
    def label(self):
        return f"Tiny {self.width}"

    @property
    def features(self):
        return ("pooled", "map", "early")

    @property
    def is_random(self):
        return True

    def randomised(self):
        return self

    def build_network(self):
        import keras

        layers = keras.layers
        image = keras.Input(self.image_shape)
        early = layers.Conv2D(self.width, 3, strides=2, activation="relu", name="block_1_conv")(image)
        deeper = layers.Conv2D(2 * self.width, 3, strides=2, name="block_2_conv")(early)
        deeper = layers.BatchNormalization(name="block_2_norm")(deeper)
        last = layers.Conv2D(4 * self.width, 3, activation="relu", name="block_3_conv")(deeper)
        return keras.Model(
            image,
            {
                "pooled": layers.GlobalAveragePooling2D(name="block_3_pool")(last),
                "map": last,
                "early": layers.GlobalAveragePooling2D(name="block_1_pool")(early),
            },
        )

    def preprocess(self, images):
        return images / 255.0


@dataclass(frozen=True)
class FrozenTiny(Tiny):
    """The same network, no layer of which can be trained."""

    kind: Literal["frozen_tiny"] = field(default="frozen_tiny", kw_only=True, repr=False)

    @property
    def has_cuts(self):
        return False
