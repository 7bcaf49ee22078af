"""The network that all tasks share, as a layer: always in inference mode, and frozen."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import keras

from hydranet.backbones import (
    Backbone,
    Cut,
    backbone_from_config,
    below,
    narrowed,
    towards,
    unfreezing_cut,
)
from hydranet.data import PICTURES
from hydranet.errors import ConfigError
from hydranet.heads import Head
from hydranet.model._picture_by_picture import picture_by_picture
from hydranet.settings import to_config
from hydranet.tasks import Task

# What a trunk that ends at a cut gives.
ACTIVATION = "activation"


@keras.saving.register_keras_serializable("hydranet")
class Trunk(keras.layers.Layer):
    """A backbone with its weights, as one layer: pictures in, named features out.

    The network inside always runs in inference mode: its BatchNorm uses the stored statistics and its dropout
    is off, whatever `training` says, because `fit` overrides a `training=False` that a functional call stored
    (keras-team/keras#20285).

    Call arguments:
        images: float or int `(batch, height, width, 3)`, values in [0, 255]; with axes of examples between, if they
            have several pictures: each picture passes by itself, and one with values below 0 is none, whose features
            are zeros.

    Args:
        backbone: which network, how it reads pictures, and where its weights come from.
        features: the names of the features that are wanted; its default one by default.
        cut: index in `whole.layers` of the cut at which the network ends; at its outputs by default. A trunk with a
            cut stands below one or several tails, and gives its `activation` alone.
        network: the backbone's network, where it is there already; it is made, with its weights, by default.
        example_shape: how the pictures of one example are arranged: `()` for a single one.
        seed: of random weights.

    Attributes:
        network: what computes the features that are wanted.
        whole: the same with all features that the trunk can give.

    Returns:
        dict of float32 `(batch, *example_shape, ...)` by name of the feature.

    Raises:
        ConfigError: there is no such network or feature, or it can't be made like this.
        FetchError: weights are not there and can't be downloaded.
        ModelError: a weights file is missing, damaged, or belongs to another architecture.

    Example:
        >>> from hydranet import Application
        >>> backbone = Application("MobileNetV2", image_size=96, weights="random", arguments={"alpha": 0.35})
        >>> Trunk(backbone, features=["pooled", "map"]).feature_shapes
        {'pooled': (1280,), 'map': (3, 3, 1280)}
    """

    def __init__(
        self,
        backbone: Backbone,
        *,
        features: Iterable[str] | None = None,
        cut: int | None = None,
        network: Any = None,
        example_shape: Sequence[int] = (),
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"name": "backbone", **kwargs})
        if network is None:
            network = backbone.load_network(seed)
            backbone = backbone.resolved(network)
        self.backbone = backbone
        self.cut = cut
        self.example_shape = tuple(example_shape)
        if cut is None:
            self.features = backbone.in_order(features or [backbone.default_feature])
            self.network = narrowed(network, self.features)
            self.whole = network
        else:
            self.features = (ACTIVATION,)
            self.network = self.whole = below(network, cut, ACTIVATION)
        self.trainable = self.whole.trainable = self.network.trainable = False

    def giving(self, features: Iterable[str]) -> "Trunk":
        """Return a trunk over the same layers that gives these features; one with a cut has no others than it has."""
        if self.cut is not None:
            return self
        wanted = self.backbone.in_order(features)
        return self if wanted == self.features else self._over(features=wanted)

    def below(self, cut: Cut) -> "Trunk":
        """Return the part below `cut`, over the same layers."""
        return self._over(cut=cut.index)

    def find_cut(self, unfreeze: str | float) -> Cut:
        """Return the highest cut above which everything lies that a request asks for; see `unfreezing_cut`.

        Raises:
            ConfigError: there is no such layer, or the backbone can't be cut.
        """
        if not self.backbone.has_cuts:
            raise ConfigError(f"{self.backbone.label} is frozen only: no layer of it can be unfrozen.")
        return unfreezing_cut(self.whole, unfreeze, self.features)

    @property
    def feature_shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of one picture's features, by name."""
        return {name: tuple(self.network.output[name].shape[1:]) for name in self.features}

    def shape_for(self, head: Head) -> tuple[int, ...]:
        """Return the shape of what `head` reads of one example."""
        return (*self.example_shape, *self.feature_shapes[self.backbone.feature_of(head)])

    @property
    def image_shape(self) -> tuple[int, ...]:
        """The shape of one picture, or of one array where it reads those."""
        return self.backbone.image_shape

    @property
    def image_size(self) -> tuple[int, ...]:
        """Height and width of the pictures that it reads, as a `Reader` takes them; of arrays the whole shape."""
        return self.image_shape[:2] if self.backbone.reads == PICTURES else self.image_shape

    @property
    def images_shape(self) -> tuple[int, ...]:
        """The shape of the pictures of one example: `(*example_shape, height, width, 3)`."""
        return (*self.example_shape, *self.image_shape)

    def call(self, images: Any, training: bool | None = None) -> Any:
        """Return the features; `training` makes no difference."""
        return picture_by_picture(
            lambda pictures: self.network(self.backbone.preprocess(pictures), training=False),
            keras.ops.cast(images, self.compute_dtype),  # Keras itself leaves whole numbers as they are
            len(self.image_shape),
            lambda pictures: keras.ops.max(pictures, axis=(1, 2, 3)) >= 0,
        )

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> dict[str, tuple[int | None, ...]]:
        """Return the shapes of the features for a batch of pictures."""
        axes = input_shape[: -len(self.image_shape)]
        return {name: (*axes, *shape) for name, shape in self.feature_shapes.items()}

    def fingerprint(self, feature: str) -> str:
        """Return a digest of everything that shapes a feature: layers, weights, preprocessing, picture size."""
        return self.backbone.fingerprint(towards(self.whole, feature))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; weights are saved apart."""
        return {
            **super().get_config(),
            "backbone": to_config(self.backbone),
            "features": self.features,
            "cut": self.cut,
            "example_shape": self.example_shape,
        }

    def _over(self, **arguments: Any) -> "Trunk":
        """Return a trunk over the same layers."""
        return Trunk(
            self.backbone,
            network=self.whole,
            example_shape=self.example_shape,
            name=self.name,
            **arguments,
        )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Rebuild the layer that `get_config` described; its weights are loaded afterwards."""
        backbone = backbone_from_config(config["backbone"])
        return cls(**{**config, "backbone": backbone, "network": backbone.build_network()})


def build_trunk(
    backbone: Backbone, tasks: Iterable[Task], *, features: Iterable[str] | None = None, seed: int = 0
) -> Trunk:
    """Return the trunk that gives what the heads of `tasks` read, with its weights loaded.

    Args:
        backbone: which network, and which weights.
        tasks: whose heads can stand on it, and whose data say what an example is.
        features: what it gives; what the heads read, or the default one, where not given.
        seed: of random weights.

    Raises:
        ConfigError: the backbone can't be made like this, or a head does not fit its features.
        FetchError: weights are not there and can't be downloaded.
        ModelError: a weights file is missing, damaged, or belongs to another architecture.
    """
    tasks = list(tasks)
    heads = [task.head for task in tasks]
    trunk = Trunk(
        backbone,
        features=map(backbone.feature_of, heads) if features is None else features,
        example_shape=next((task.data.example_shape for task in tasks if task.data is not None), ()),
        seed=seed,
    )
    for head in heads:
        head.check_features(trunk.shape_for(head))
    return trunk
