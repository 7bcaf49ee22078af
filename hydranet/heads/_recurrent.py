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
    features stand side by side, and are brought to one scale. A step without any picture is passed over; one that lacks
    some has zeros in their place.

    Args:
        units: of the state.
        projection: numbers that a dense layer, the same for every picture, makes of a picture's features before those
            of a step stand side by side; as many as there are, where not given. With several cameras it makes the
            head many times smaller and quicker.
        dropout: share of the last state dropped in training, in [0, 1).

    Example:
        >>> [layer.name.rsplit("_", 1)[0] for layer in Recurrent(projection=16).layers(2, feature_shape=(16, 8, 1280))]
        ['dense', 'reshape', 'masking', 'batch_normalization', 'gru', 'dense']
    """

    units: PositiveInt = 64
    projection: PositiveInt | None = None
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
        """Return [projection], normalisation, recurrent layer, [dropout], dense; see `Head.layers`."""
        import keras

        return [
            # Without a bias, which would hide that a picture is not there.
            *([keras.layers.Dense(self.projection, use_bias=False)] if self.projection else []),
            keras.layers.Reshape((feature_shape[0], -1)),
            keras.layers.Masking(),
            keras.layers.BatchNormalization(momentum=0.9),
            # Unrolled it is plain arithmetic, which every engine knows.
            keras.layers.GRU(self.units, unroll=True),
            *dropout(self.dropout),
            keras.layers.Dense(num_outputs),
        ]
