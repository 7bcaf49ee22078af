"""Places in a picture: numbers that say where something lies, such as the edges of a box."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from hydranet.errors import ConfigError
from hydranet.heads._head import Head
from hydranet.heads._layers import dropout
from hydranet.settings import PositiveInt, ShareBelowOne

# Mean scores of a column differ little: so much more they count in the choice between columns.
_SHARPNESS = 5.0
# The mean over all columns is an end only where nothing else is possible, so the ends lie that far outside.
_BEYOND = 0.05


@dataclass(frozen=True)
class Coordinates(Head):
    """How far to the right and how far down, in turn: the columns and rows of a map in which it may be, on the mean.

    Features on one scale, hidden units at each position, a convolution over neighbours, and for each output a score at
    each position. The mean scores
    of the columns, or of the rows, become probabilities, and the output is the mean place under them, from 0, the left
    or upper edge, to 1. A box is found edge by edge, as in LocNet (Gidaris and Komodakis, 2016, arXiv:1511.07763), by
    integral regression (Sun et al., 2018, arXiv:1711.08229).

    Args:
        hidden: units at each position; the convolution has half as many channels.
        dropout: share of these dropped in training, in [0, 1).
        feature: a map. The earlier `map_1` has twice the positions of the last one, `map`, and tells places better.

    Example:
        >>> [type(layer).__name__ for layer in Coordinates(dropout=0).layers(4, feature_shape=(10, 10, 576))]
        ['BatchNormalization', 'Conv2D', 'Conv2D', 'Functional']
    """

    hidden: PositiveInt = 64
    dropout: ShareBelowOne = 0.3
    feature: str | None = field(default="map_1", kw_only=True)
    kind: Literal["coordinates"] = field(default="coordinates", kw_only=True, repr=False)

    def check_features(self, feature_shape: tuple[int, ...]) -> None:
        """Raise ConfigError unless the features are the map of one picture."""
        if len(feature_shape) != 3:
            raise ConfigError(
                f"A head of coordinates needs a feature map (height, width, channels): received features of shape "
                f"{feature_shape}. Let it read one, such as `head: {{kind: coordinates, feature: map}}`."
            )

    def layers(self, num_outputs: int, feature_shape: tuple[int, ...]) -> list[Any]:
        """Return normalisation, hidden units, [dropout], convolution, mean places; see `Head.layers`."""
        import keras

        channels = max(self.hidden // 2, 1)
        hidden = keras.layers.Conv2D(self.hidden, 1, activation="relu")
        around = keras.layers.Conv2D(channels, 3, padding="same", activation="relu")
        # Features of a pretrained network are on scales of their own, on which all hidden units may fall silent.
        norm = keras.layers.BatchNormalization(momentum=0.9)
        places = _mean_places(num_outputs, (*feature_shape[:2], channels))
        return [norm, hidden, *dropout(self.dropout), around, places]


def _mean_places(num_outputs: int, shape: tuple[int, ...]) -> Any:
    """Return a model from a map to places along x and y in turn."""
    import keras
    from keras import layers

    height, width, _ = shape
    features, num_pairs = keras.Input(shape), -(-num_outputs // 2)
    along = []
    for size, across in ((width, (height, 1)), (height, (1, width))):
        # From zero, all columns are alike at first; from random scores, some starts are stuck in a wrong one.
        scores = layers.Conv2D(num_pairs, 1, kernel_initializer="zeros")(features)
        scores = layers.AveragePooling2D(across)(scores)
        scores = layers.Permute((2, 1))(layers.Reshape((size, num_pairs))(scores))
        # One column alone is no choice: then the score itself says where.
        chances = layers.Softmax()(layers.Rescaling(_SHARPNESS)(scores)) if size > 1 else scores
        ends = keras.initializers.Constant(np.linspace(-_BEYOND, 1 + _BEYOND, size)[:, None].tolist())
        along.append(layers.Dense(1, kernel_initializer=ends)(chances))
    outputs = layers.Flatten()(layers.Concatenate()(along))
    if num_outputs % 2:
        one_less = layers.Cropping1D((0, 1))(layers.Reshape((2 * num_pairs, 1))(outputs))
        outputs = layers.Flatten()(one_less)
    return keras.Model(features, outputs)
