"""A classifier that somebody has trained already."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from hydranet.errors import ConfigError, ModelError
from hydranet.heads._class_names import read_class_names, with_numbers
from hydranet.heads._head import Head, Network, ReadyHead
from hydranet.heads._layers import dense
from hydranet.heads._top import Top, number_names, read_top
from hydranet.settings import PathMark, PositiveInt

# Those for which NumPy has a layer.
_PLAIN = ("relu", "linear")


@dataclass(frozen=True)
class Pretrained(Head):
    """A classifier that comes trained, such as the ImageNet one of a network: nothing is trained for it.

    Its task needs no data; if it has some, the head is measured on them. It stands on the layers that it was trained
    on, so fine-tuning leaves these as they are for it.

    Args:
        weights: `imagenet`, the top of the backbone's network, downloaded by Keras; the path of a weights file of the
            whole network, made with `include_top=True`; or of an `.npz` file with the arrays `kernel`
            `(num_features, num_classes)` and `bias`, and perhaps `classes`, their names, and `conv_2_kernel` and
            `conv_2_bias`, the layer below of a MobileNetV3.
        classes: the names of its classes: the path of a file with one a line, or of JSON; `imagenet` for those that
            Keras downloads; `numbers` to call each by its index. Where not given, those that come with the weights, or
            else numbers. A name that stands twice has its index behind it.
        feature: that it reads.
        hidden: the sizes of its layers below the last; taken from the weights.
        activation: of these layers; taken from the weights.

    Example:
        >>> head = Pretrained(weights="mobilenet_v2_top.npz", classes="names.txt")
        >>> head.is_trained, head.feature
        (False, 'pooled')
    """

    weights: Annotated[str, PathMark(words=("imagenet",))] = "imagenet"
    classes: Annotated[str, PathMark(words=("imagenet", "numbers"))] | None = None
    feature: str | None = field(default="pooled", kw_only=True)
    hidden: tuple[PositiveInt, ...] = field(default=(), kw_only=True)
    activation: str = field(default="relu", kw_only=True)
    kind: Literal["pretrained"] = field(default="pretrained", kw_only=True, repr=False)

    is_trained: ClassVar[bool] = False

    def ready(self, network: Network) -> ReadyHead:
        """Return its weights and class names; see `Head.ready`."""
        names = self._names_first(network)
        if self.weights.endswith(".npz"):
            top = read_top(Path(self.weights))
        else:
            top = network.load_top(self.weights, len(names) or None)
        if not names and self.classes is None:
            names = top.classes
        return ReadyHead(
            head=replace(self, hidden=top.hidden, activation=top.activation),
            weights=tuple(array for layer in zip(top.kernels, top.biases, strict=True) for array in layer),
            classes=self._checked(names or number_names(top), top),
        )

    def layers(self, num_outputs: int, feature_shape: tuple[int, ...]) -> list[Any]:
        """Return its dense layers, without their weights; see `Head.layers`."""
        import keras

        hidden = [keras.layers.Dense(size, activation=self.activation) for size in self.hidden]
        return [*hidden, keras.layers.Dense(num_outputs)]

    def dense_layers(self, feature_shape: tuple[int, ...]) -> list[dict[str, Any]] | None:
        """Return the same as data, unless an activation is not NumPy's; see `Head.dense_layers`."""
        if self.hidden and self.activation not in _PLAIN:
            return None
        return [*(dense(self.activation) for _ in self.hidden), dense()]

    def check_features(self, feature_shape: tuple[int, ...]) -> None:
        """Raise ConfigError unless the features are a vector of one picture."""
        if len(feature_shape) != 1:
            raise ConfigError(
                f"A pretrained head reads a vector of one picture, such as `feature: pooled`: received features of "
                f"shape {feature_shape}."
            )

    def _names_first(self, network: Network) -> tuple[str, ...]:
        """Return the names that are known before the weights are read; none where they say them, or nobody does."""
        if (self.classes or self.weights) == "imagenet":
            return with_numbers(network.imagenet_classes())
        if self.classes is None or self.classes == "numbers":
            return ()
        return read_class_names(Path(self.classes))

    def _checked(self, names: tuple[str, ...], top: Top) -> tuple[str, ...]:
        if len(names) != len(number_names(top)):
            raise ModelError(
                f"The weights {self.weights} are of {top.num_outputs:,} outputs, and its class names are "
                f"{len(names):,} ({self.classes or 'those that come with it'}): expected as many. Give the `classes` "
                "of these weights."
            )
        return names
