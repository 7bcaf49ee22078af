"""A head for examples of two pictures: it sees by how much their features differ."""

from dataclasses import dataclass, field
from typing import Any, Literal

import keras

from hydranet.heads import Head
from hydranet.settings import PositiveInt


@keras.saving.register_keras_serializable("tests")
class Difference(keras.layers.Layer):
    """Features of two pictures in, the distance of each feature out."""

    def call(self, features: Any) -> Any:
        """Return float32 `(batch, num_features)` of `(batch, 2, num_features)`."""
        return keras.ops.abs(features[:, 0] - features[:, 1])


@dataclass(frozen=True)
class Compare(Head):
    """A hidden layer on the difference of two pictures.

    Args:
        hidden: its size.
    """

    hidden: PositiveInt = 16
    kind: Literal["compare"] = field(default="compare", kw_only=True, repr=False)

    def layers(self, num_outputs: int, feature_shape: tuple[int, ...]) -> list[Any]:
        """Return the difference, the hidden layer, dense; see `Head.layers`."""
        return [
            Difference(),
            keras.layers.Dense(self.hidden, activation="relu"),
            keras.layers.Dense(num_outputs),
        ]
