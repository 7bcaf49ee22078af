"""What a task's head is made of, as data; each builds a small stack of standard Keras layers.

Features are `(batch, num_features)`, or `(batch, height, width, channels)` where the head reads a feature map.
"""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from annotated_types import MinLen

from hydranet.errors import ConfigError
from hydranet.naming import unknown_name
from hydranet.settings import PositiveInt, ShareBelowOne, Variant


@dataclass(frozen=True)
class Head(Variant):
    """The layers between one of the shared features and one task's outputs.

    Args:
        feature: the name of the feature that it reads, such as `pooled` or `map`; the backbone's default one where not
            given.
    """

    feature: str | None = field(default=None, kw_only=True)

    @property
    @abstractmethod
    def kind(self) -> str:
        """What the kind is called in a config: in a subclass, a field with this one value."""

    @property
    def is_linear(self) -> bool:
        """Whether the outputs are a linear function of the features, also in training: a convex problem."""
        return False

    @abstractmethod
    def layers(self, num_outputs: int, feature_shape: tuple[int, ...]) -> list[Any]:
        """Return new Keras layers from features to `num_outputs` outputs, without an activation at the end."""

    def check_features(self, feature_shape: tuple[int, ...]) -> None:
        """Raise ConfigError if this head can't work on features of this shape (without the batch axis)."""


@dataclass(frozen=True)
class Linear(Head):
    """One dense layer; a feature map is averaged over its positions first.

    Without dropout its training is a convex problem, and the optimum is found without a learning rate.

    Args:
        dropout: share of the features dropped in training, in [0, 1).

    Example:
        >>> Linear().is_linear, Linear(dropout=0.2).is_linear
        (True, False)
    """

    dropout: ShareBelowOne = 0.0
    kind: Literal["linear"] = field(default="linear", kw_only=True, repr=False)

    @property
    def is_linear(self) -> bool:
        """True without dropout."""
        return self.dropout == 0.0

    def layers(self, num_outputs: int, feature_shape: tuple[int, ...]) -> list[Any]:
        """Return [average pooling], [dropout], dense; see `Head.layers`."""
        import keras

        return [*_pool(feature_shape), *_dropout(self.dropout), keras.layers.Dense(num_outputs)]


@dataclass(frozen=True)
class MLP(Head):
    """Hidden dense layers with ReLU, each followed by batch normalisation and dropout where asked for.

    Args:
        hidden: the size of each hidden layer.
        batch_norm: whether to normalise after each hidden layer.
        dropout: share of each hidden layer dropped in training, in [0, 1).

    Example:
        >>> MLP(hidden=(200,), batch_norm=True, dropout=0.4).is_linear
        False
    """

    hidden: Annotated[tuple[PositiveInt, ...], MinLen(1)] = (256,)
    batch_norm: bool = False
    dropout: ShareBelowOne = 0.0
    kind: Literal["mlp"] = field(default="mlp", kw_only=True, repr=False)

    def layers(self, num_outputs: int, feature_shape: tuple[int, ...]) -> list[Any]:
        """Return [average pooling], the hidden stack, dense; see `Head.layers`."""
        import keras

        stack = _pool(feature_shape)
        for size in self.hidden:
            stack.append(keras.layers.Dense(size, activation="relu"))
            if self.batch_norm:
                stack.append(keras.layers.BatchNormalization())
            stack += _dropout(self.dropout)
        return [*stack, keras.layers.Dense(num_outputs)]


@dataclass(frozen=True)
class Flatten(Head):
    """One dense layer on every position of a feature map; needs `feature: map`, or a backbone with `pooling: none`.

    Args:
        dropout: share of the features dropped in training, in [0, 1).

    Example:
        >>> Flatten(dropout=0.5).is_linear
        False
    """

    dropout: ShareBelowOne = 0.0
    kind: Literal["flatten"] = field(default="flatten", kw_only=True, repr=False)

    @property
    def is_linear(self) -> bool:
        """True without dropout."""
        return self.dropout == 0.0

    def check_features(self, feature_shape: tuple[int, ...]) -> None:
        """Raise ConfigError unless the features are a map."""
        if len(feature_shape) != 3:
            raise ConfigError(
                f"A flatten head needs a feature map (height, width, channels): received features of shape "
                f"{feature_shape}. Let it read the map, `head: {{feature: map}}`, or use a linear head."
            )

    def layers(self, num_outputs: int, feature_shape: tuple[int, ...]) -> list[Any]:
        """Return flatten, [dropout], dense; see `Head.layers`."""
        import keras

        return [keras.layers.Flatten(), *_dropout(self.dropout), keras.layers.Dense(num_outputs)]


@dataclass(frozen=True)
class Custom(Head):
    """A Keras layer of your own, registered with `keras.saving.register_keras_serializable`.

    The layer is made as `Layer(num_outputs, **config)` and maps features to `(batch, num_outputs)`, without an
    activation at the end. Name the module that registers it under `plugins:`.

    Args:
        layer: the registered name, `package>ClassName`.
        config: further arguments of the layer.

    Example:
        >>> Custom(layer="my_package>Attention", config={"num_heads": 4}).is_linear
        False
    """

    layer: str
    config: dict[str, Any] = field(default_factory=dict)
    kind: Literal["custom"] = field(default="custom", kw_only=True, repr=False)

    def layers(self, num_outputs: int, feature_shape: tuple[int, ...]) -> list[Any]:
        """Return the one layer; see `Head.layers`."""
        import keras

        layer_class = keras.saving.get_registered_object(self.layer)
        if layer_class is None:
            known = [name for name in keras.saving.get_custom_objects() if not name.startswith("hydranet>")]
            raise ConfigError(
                unknown_name("registered Keras layer", self.layer, known)
                + " Name the module that registers it under `plugins:`."
            )
        try:
            return [layer_class(num_outputs, **self.config)]
        except (TypeError, ValueError) as error:
            raise ConfigError(
                f"{self.layer} can't be made with num_outputs={num_outputs} and {self.config}: {error}."
            ) from error


def _pool(feature_shape: tuple[int, ...]) -> list[Any]:
    import keras

    return [keras.layers.GlobalAveragePooling2D()] if len(feature_shape) == 3 else []


def _dropout(rate: float) -> list[Any]:
    import keras

    return [keras.layers.Dropout(rate)] if rate else []
