"""The network that all tasks share: a Keras Applications model with its own preprocessing, always in inference mode."""

import dataclasses
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from hydranet.backbones import Cut, build_application, cut_at, fingerprint, preprocessing_of, split
from hydranet.errors import ConfigError, ModelError
from hydranet.experiment import BackboneConfig
from hydranet.tasks import Task


@keras.saving.register_keras_serializable("hydranet")
class Backbone(keras.layers.Layer):
    """A pretrained network as one layer: float32 pictures in, features out.

    The network inside always runs in inference mode: its BatchNorm uses the stored statistics and its dropout
    is off, whatever `training` says, because `fit` overrides a `training=False` that a functional call stored
    (keras-team/keras#20285).

    Call arguments:
        images: float32 `(batch, height, width, 3)`, values in [0, 255].

    Args:
        architecture: a model of `keras.applications`, such as `MobileNetV2`.
        image_size: height and width of the pictures, in pixels.
        pooling: `avg`, `max`, or `none` to keep the feature map.
        arguments: further arguments of the model's constructor.
        cut: index in `model.layers` of the cut at which the network ends; at its output by default. A backbone
            with a cut is the trunk below one or several tails.

    Returns:
        float32 `(batch, num_features)`, or `(batch, height, width, channels)` without pooling or at a cut.

    Raises:
        ConfigError: there is no such model, or it can't be made like this.

    Example:
        >>> Backbone("MobileNetV2", image_size=96, arguments={"alpha": 0.35}).feature_shape
        (1280,)
    """

    def __init__(
        self,
        architecture: str,
        *,
        image_size: int = 224,
        pooling: str = "avg",
        arguments: dict[str, Any] | None = None,
        cut: int | None = None,
        weights: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"name": "backbone", **kwargs})
        self.architecture = architecture
        self.image_size = image_size
        self.pooling = pooling
        self.arguments = dict(arguments or {})
        self.cut = cut
        network = build_application(architecture, weights=weights, **self.network_arguments())
        self.network = network if cut is None else split(network, cut_at(network, cut))[0]
        self._preprocess = preprocessing_of(architecture)
        self.trainable = self.network.trainable = False

    def network_arguments(self) -> dict[str, Any]:
        """Return how the network is made, as `build_application` and `Tail` take it."""
        return {"image_size": self.image_size, "pooling": self.pooling, "arguments": self.arguments}

    def trunk(self, cut: Cut) -> "Backbone":
        """Return a copy of the part below `cut`, weights included."""
        trunk = Backbone(self.architecture, **self.network_arguments(), cut=cut.index, name=self.name)
        trunk.network.set_weights(split(self.network, cut)[0].get_weights())
        return trunk

    @property
    def feature_shape(self) -> tuple[int, ...]:
        """The shape of one picture's features."""
        return tuple(self.network.output_shape[1:])

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """The shape of one picture."""
        return (self.image_size, self.image_size, 3)

    def call(self, images: Any, training: bool | None = None) -> Any:
        """Return the features; `training` makes no difference."""
        return self.network(self._preprocess(images), training=False)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the features for a batch of pictures."""
        return (input_shape[0], *self.feature_shape)

    def fingerprint(self) -> str:
        """Return a digest of everything that shapes the features: layers, weights, preprocessing, picture size."""
        preprocessing = f"{self._preprocess.__module__} {self.image_shape}"
        return fingerprint(self.network, preprocessing)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; weights are saved apart."""
        return {
            **super().get_config(),
            "architecture": self.architecture,
            **self.network_arguments(),
            "cut": self.cut,
        }


def build_backbone(config: BackboneConfig, *, seed: int = 0) -> Backbone:
    """Return the backbone that `config` describes, with its weights loaded.

    Args:
        config: which network, and which weights.
        seed: of random weights.

    Raises:
        ConfigError: the config does not fit the network.
        FetchError: `imagenet` weights are not there and can't be downloaded.
        ModelError: a weights file is missing, damaged, or belongs to another architecture.
    """
    if config.weights == "random":
        keras.utils.set_random_seed(seed)
    backbone = Backbone(
        config.name,
        image_size=config.image_size,
        pooling=config.pooling,
        arguments=config.arguments,
        weights="imagenet" if config.weights == "imagenet" else None,
    )
    if config.weights == "bundled":
        load_weights(backbone, _bundled_path(config))
    elif config.weights not in {"imagenet", "random"}:
        load_weights(backbone, Path(config.weights))
    return backbone


def check_backbone(config: BackboneConfig, tasks: Iterable[Task]) -> Backbone:
    """Return the backbone with weights that are not downloaded, if it and the tasks' heads can be built.

    Raises:
        ConfigError: the config does not fit the network, or a head does not fit its features.
        ModelError: a weights file is missing, damaged, or belongs to another architecture.
    """
    local = dataclasses.replace(config, weights="random") if config.weights == "imagenet" else config
    backbone = build_backbone(local)
    for task in tasks:
        task.head.check_features(backbone.feature_shape)
    return backbone


def load_weights(backbone: Backbone, path: Path) -> None:
    """Load a weights file without a classification top into `backbone`.

    Raises:
        ModelError: the file is missing, damaged, or belongs to another architecture.
    """
    if not path.is_file():
        raise ModelError(f"There is no weights file {path}: expected one made with include_top=False.")
    if not path.name.endswith(".h5"):
        raise ModelError(f"{path} is not a Keras weights file: expected a name ending in .weights.h5 or .h5.")
    network = backbone.network
    # Keras may only warn of variables that the file does not hold; what is still NaN afterwards was not loaded.
    numbers = [variable for variable in network.weights if "float" in variable.dtype]  # others are counts
    for variable in numbers:
        variable.assign(np.full(variable.shape, np.nan, variable.dtype))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            network.load_weights(path)
        missing = [variable.path for variable in numbers if np.isnan(variable.numpy()).any()]
        if missing:
            raise ValueError(f"it has no values for {len(missing)} variables, such as {missing[0]}.")
    except OSError as error:
        raise ModelError(f"{path} is damaged or not a weights file: {error}. Fetch it again.") from error
    except (ValueError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelError(
            f"The weights in {path} do not fit {backbone.architecture} with arguments {backbone.arguments} and no "
            f"classification top: {reason} Give the weights of this architecture, or change `backbone`."
        ) from error


def _bundled_path(config: BackboneConfig) -> Path:
    from hydranet import drawings as bundled

    expected = bundled.BACKBONE
    if (config.name, config.arguments) != (expected.constructor, expected.arguments):
        raise ConfigError(
            f"The bundled weights belong to name: {expected.constructor}, arguments: {expected.arguments}: "
            f"received name: {config.name}, arguments: {config.arguments}."
        )
    return bundled.weights_path()
