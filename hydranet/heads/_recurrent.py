"""Steps in their order: a recurrent layer over the pictures of an example."""

from dataclasses import dataclass, field
from typing import Any, Literal

from hydranet.errors import ConfigError
from hydranet.heads._head import Head
from hydranet.heads._layers import dropout
from hydranet.settings import PositiveInt, ShareBelowOne


@dataclass(frozen=True)
class Recurrent(Head):
    """Gated recurrent units over the steps of an example, and a dense layer on the last state (arXiv:1406.1078).

    An example has several pictures, the steps; or at each step several pictures, such as those of some cameras, whose
    features stand side by side. Features are brought to one scale first.

    Args:
        units: of the state.
        dropout: share of the last state dropped in training, in [0, 1).

    Example:
        >>> [type(layer).__name__ for layer in Recurrent(units=8).layers(2, feature_shape=(16, 8, 1280))]
        ['Reshape', 'BatchNormalization', 'GRU', 'Dense']
    """

    units: PositiveInt = 64
    dropout: ShareBelowOne = 0.0
    kind: Literal["recurrent"] = field(default="recurrent", kw_only=True, repr=False)

    def check_features(self, feature_shape: tuple[int, ...]) -> None:
        """Raise ConfigError unless there are steps."""
        if len(feature_shape) < 2:
            raise ConfigError(
                f"A recurrent head needs examples of several pictures, as `data: {{kind: csv, image: [first, second]}}`"
                f" has them: received features of shape {feature_shape} of a single one."
            )

    def layers(self, num_outputs: int, feature_shape: tuple[int, ...]) -> list[Any]:
        """Return normalisation, recurrent layer, [dropout], dense; see `Head.layers`."""
        import keras

        return [
            keras.layers.Reshape((feature_shape[0], -1)),
            keras.layers.BatchNormalization(momentum=0.9),
            # Unrolled it is plain arithmetic, which every engine knows.
            keras.layers.GRU(self.units, unroll=True),
            *dropout(self.dropout),
            keras.layers.Dense(num_outputs),
        ]
