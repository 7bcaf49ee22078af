"""Averages over several pictures, or over the positions of a map, as Keras layers."""

from typing import Any

import keras


@keras.saving.register_keras_serializable("hydranet")
class PresentAverage(keras.layers.Layer):
    """The average of the vectors that are there, those with any feature but zero; zeros where there is none.

    Keras's own average divides by zero then.

    Call arguments:
        features: float `(batch, num_vectors, num_features)`.

    Returns:
        float `(batch, num_features)`.
    """

    def call(self, features: Any) -> Any:
        """Return the average; see the class."""
        there = keras.ops.cast(keras.ops.any(features != 0, axis=2), features.dtype)
        count = keras.ops.maximum(keras.ops.sum(there, axis=1, keepdims=True), 1)
        return keras.ops.sum(features, axis=1) / count

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the output."""
        return (input_shape[0], input_shape[-1])


@keras.saving.register_keras_serializable("hydranet")
class AttentionPooling(keras.layers.Layer):
    """The average of some vectors, each by the weight that a small gated network gives it.

    Ilse et al., Attention-based Deep Multiple Instance Learning, 2018, arXiv:1802.04712.

    Call arguments:
        features: float `(batch, num_vectors, num_features)`.
        mask: which vectors count: bool `(batch, num_vectors)`; all by default.

    Args:
        units: of the network that gives the weights.

    Returns:
        float `(batch, num_features)`.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.supports_masking = True
        self._seen = keras.layers.Dense(units, activation="tanh", name="seen")
        self._gate = keras.layers.Dense(units, activation="sigmoid", name="gate")
        self._score = keras.layers.Dense(1, use_bias=False, name="score")

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights."""
        self._seen.build(input_shape)
        self._gate.build(input_shape)
        self._score.build((*input_shape[:-1], self.units))

    def call(self, features: Any, mask: Any = None) -> Any:
        """Return the average; see the class."""
        scores = self._score(self._seen(features) * self._gate(features))
        if mask is not None:
            scores = keras.ops.where(mask[..., None], scores, -1e9)
        return keras.ops.sum(keras.ops.softmax(scores, axis=1) * features, axis=1)

    def compute_mask(self, features: Any, mask: Any = None) -> None:
        """Return none: one vector is left."""

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the output."""
        return (input_shape[0], input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "units": self.units}
