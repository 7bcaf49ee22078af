"""The layers between trunk and heads, where there are any: a copy of a backbone's top, to be trained."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import keras

from hydranet.backbones import (
    Backbone,
    Cut,
    above,
    backbone_from_config,
    cut_at,
    find_blocks,
    find_cuts,
    fingerprint,
    narrowed,
    towards,
)
from hydranet.errors import ConfigError
from hydranet.model._picture_by_picture import picture_by_picture
from hydranet.model._trunk import Trunk
from hydranet.model._version_0_1 import current_config
from hydranet.settings import to_config


@keras.saving.register_keras_serializable("hydranet")
class Tail(keras.layers.Layer):
    """The top of a backbone as one layer: activations at the cut in, named features out.

    Like the trunk it always runs in inference mode: its BatchNorm keeps the statistics of the pretraining, which
    a few hundred pictures could only spoil, while its weights can be trained.

    Call arguments:
        activations: float32 `(batch, *activation_shape)`, the trunk's `activation`; with axes of examples between, if
            they have several pictures.

    Args:
        backbone: whose top it is; its weights are not loaded.
        cut: index in the layers of the backbone's network of the cut that it stands on.
        features: the names of the features that are wanted; the backbone's default one by default.
        source: a tail whose layers it shares; new ones by default.

    Attributes:
        network: what computes the features that are wanted.
        whole: the same with all features that are made above the cut.

    Returns:
        dict of float32 `(batch, *example_shape, ...)` by name of the feature.

    Raises:
        ConfigError: there is no such cut, or a feature is made below it.

    Example:
        >>> from hydranet import Application
        >>> backbone = Application("MobileNetV2", image_size=96, arguments={"alpha": 0.35})
        >>> Tail(backbone, cut=133).feature_shapes
        {'pooled': (1280,)}
    """

    def __init__(
        self,
        backbone: Backbone,
        *,
        cut: int,
        features: Iterable[str] | None = None,
        source: "Tail | None" = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"name": "tail", **kwargs})
        self.backbone = backbone
        self.cut = cut
        self.features = backbone.in_order(features or [backbone.default_feature])
        self._built: _Built = source._built if source else _Built(backbone.build_network())
        built = self._built.network
        made_above = [name for name in backbone.features if _is_above(built, cut, name)]
        for name in self.features:
            if name not in made_above:
                raise ConfigError(
                    f"The feature {name!r} is made below layer {cut}: cut {backbone.label} lower."
                )
        self.whole: Any = source.whole if source else above(built, cut_at(built, cut, made_above), made_above)
        self.network = narrowed(self.whole, self.features)
        if source is None:
            self.trainable = False

    @classmethod
    def of(cls, trunk: Trunk, cut: Cut, *, name: str = "tail") -> "Tail":
        """Return a copy of the part of `trunk` above `cut`, weights included."""
        tail = cls(trunk.backbone, cut=cut.index, features=trunk.features, name=name)
        tail.whole.set_weights(above(trunk.whole, cut, list(tail.whole.output)).get_weights())
        return tail

    def giving(self, features: Iterable[str]) -> "Tail":
        """Return a tail over the same layers that gives these features.

        Raises:
            ConfigError: one of them is made below the cut.
        """
        wanted = self.backbone.in_order(features)
        if wanted == self.features:
            return self
        return Tail(self.backbone, cut=self.cut, features=wanted, source=self, name=self.name)

    @property
    def feature_shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of one picture's features, by name."""
        return {name: tuple(self.network.output[name].shape[1:]) for name in self.features}

    @property
    def activation_shape(self) -> tuple[int, ...]:
        """The shape of one picture's activation at the cut."""
        return tuple(self.network.inputs[0].shape[1:])

    def above(self, cut: Cut) -> Any:
        """Return the part above a cut of the whole network, as a Keras model over the same layers and weights."""
        return self.network if cut.index == self.cut else above(self._built.network, cut, self.features)

    def unfreeze(self, cut: Cut, counted: Sequence[str]) -> list[list[Any]]:
        """Let the layers above a cut learn, and no others.

        Args:
            cut: of the whole network; the tail's own, or one above it.
            counted: features under which blocks are counted.

        Returns:
            The layers that learn, of each block that has some here, from the cut to the output.
        """
        names = {layer.name for layer in self._built.network.layers[cut.index + 1 :]}
        higher = [layer for layer in self.network.layers if layer.name in names]
        blocks = find_blocks(self._built.network, counted)
        learning = [[layer for layer in higher if layer.name in block.layers] for block in blocks]
        self.trainable = True
        for layer in self.whole.layers:
            layer.trainable = any(layer is each for block in learning for each in block)
        return [block for block in learning if block]

    def call(self, activations: Any, training: bool | None = None) -> Any:
        """Return the features; `training` makes no difference."""
        return picture_by_picture(
            lambda flat: self.network(flat, training=False),
            activations,
            len(self.activation_shape),
            lambda flat: keras.ops.any(flat != 0, axis=tuple(range(1, len(flat.shape)))),
        )

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> dict[str, tuple[int | None, ...]]:
        """Return the shapes of the features for a batch."""
        axes = input_shape[: -len(self.activation_shape)]
        return {name: (*axes, *shape) for name, shape in self.feature_shapes.items()}

    def fingerprint(self, feature: str) -> str:
        """Return a digest of the layers and weights that make a feature."""
        return fingerprint(towards(self.whole, feature), "tail")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; weights are saved apart."""
        return {
            **super().get_config(),
            "backbone": to_config(self.backbone),
            "cut": self.cut,
            "features": self.features,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Rebuild the layer that `get_config` described; its weights are loaded afterwards."""
        config = current_config(config)
        return cls(**{**config, "backbone": backbone_from_config(config["backbone"])})


@dataclass(frozen=True)
class _Built:
    """The backbone's network that a tail is a part of: apart, so that Keras does not take it for a part of the tail."""

    network: Any


def _is_above(network: Any, cut: int, feature: str) -> bool:
    return cut in {each.index for each in find_cuts(network, [feature])}
