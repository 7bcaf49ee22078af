"""The layers between trunk and heads, where there are any: a copy of a backbone's top, to be trained."""

from typing import Any

import keras

from hydranet.backbones import Cut, build_application, cut_at, find_blocks, fingerprint, split
from hydranet.model._backbone import Backbone


@keras.saving.register_keras_serializable("hydranet")
class Tail(keras.layers.Layer):
    """The top of a backbone as one layer: activations at the cut in, features out.

    Like the backbone it always runs in inference mode: its BatchNorm keeps the statistics of the pretraining, which
    a few hundred pictures could only spoil, while its weights can be trained.

    Call arguments:
        activations: float32 `(batch, *trunk.feature_shape)`.

    Args:
        architecture: a model of `keras.applications`, such as `MobileNetV2`.
        cut: index in `model.layers` of the cut that it stands on.
        image_size: height and width of the pictures that the trunk gets, in pixels.
        pooling: `avg`, `max`, or `none`.
        arguments: further arguments of the model's constructor.

    Returns:
        float32 `(batch, num_features)`, or `(batch, height, width, channels)` without pooling.

    Example:
        >>> Tail("MobileNetV2", cut=133, image_size=96, arguments={"alpha": 0.35}).feature_shape
        (1280,)
    """

    def __init__(
        self,
        architecture: str,
        *,
        cut: int,
        image_size: int = 224,
        pooling: str = "avg",
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"name": "tail", **kwargs})
        self.architecture = architecture
        self.cut = cut
        self.image_size = image_size
        self.pooling = pooling
        self.arguments = dict(arguments or {})
        whole = build_application(
            architecture, image_size=image_size, pooling=pooling, arguments=self.arguments
        )
        place = cut_at(whole, cut)
        self.network = split(whole, place)[1]
        self._tensors = [layer.output for layer in whole.layers]
        self._features = whole.outputs[0]
        self._blocks = [
            [layer for layer in self.network.layers if layer.name in block.layers]
            for block in find_blocks(whole)
        ]
        self.trainable = False

    @classmethod
    def of(cls, backbone: Backbone, cut: Cut, *, name: str = "tail") -> "Tail":
        """Return a copy of the part of `backbone` above `cut`, weights included."""
        tail = cls(backbone.architecture, cut=cut.index, **backbone.network_arguments(), name=name)
        tail.network.set_weights(split(backbone.network, cut)[1].get_weights())
        return tail

    @property
    def feature_shape(self) -> tuple[int, ...]:
        """The shape of one picture's features."""
        return tuple(self.network.output_shape[1:])

    @property
    def activation_shape(self) -> tuple[int, ...]:
        """The shape of one picture's activation at the cut."""
        return tuple(self.network.input_shape[1:])

    def above(self, cut: Cut) -> Any:
        """Return the part above a cut of the whole network, as a Keras model over the same layers and weights."""
        if cut.index == self.cut:
            return self.network
        return keras.Model(self._tensors[cut.index], self._features)

    def layers_by_block(self) -> list[list[Any]]:
        """Return the layers of each block that has some here, from the cut to the output."""
        return [block for block in self._blocks if block]

    def call(self, activations: Any, training: bool | None = None) -> Any:
        """Return the features; `training` makes no difference."""
        return self.network(activations, training=False)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the features for a batch."""
        return (input_shape[0], *self.feature_shape)

    def fingerprint(self) -> str:
        """Return a digest of layers and weights."""
        return fingerprint(self.network, "tail")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; weights are saved apart."""
        return {
            **super().get_config(),
            "architecture": self.architecture,
            "cut": self.cut,
            "image_size": self.image_size,
            "pooling": self.pooling,
            "arguments": self.arguments,
        }
