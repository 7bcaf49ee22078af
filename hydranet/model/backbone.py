"""The network that all tasks share: a Keras Applications model with its own preprocessing, always in inference mode."""

import contextlib
import dataclasses
import inspect
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from hydranet.errors import ConfigError, FetchError, ModelError
from hydranet.experiment import BackboneConfig
from hydranet.model.fingerprint import fingerprint
from hydranet.naming import unknown_name
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

    Returns:
        float32 `(batch, num_features)`, or `(batch, height, width, channels)` without pooling.

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
        weights: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"name": "backbone", **kwargs})
        self.architecture = architecture
        self.image_size = image_size
        self.pooling = pooling
        self.arguments = dict(arguments or {})
        constructor = find_application(architecture)
        self.network = self._build_network(constructor, weights)
        self._preprocess = sys.modules[constructor.__module__].preprocess_input
        self.trainable = self.network.trainable = False

    def _build_network(self, constructor: Any, weights: str | None) -> Any:
        try:
            with contextlib.redirect_stdout(sys.stderr):  # Keras prints the progress of a download
                return constructor(
                    include_top=False,
                    weights=weights,
                    input_shape=self.image_shape,
                    pooling=None if self.pooling == "none" else self.pooling,
                    **self.arguments,
                )
        except (ValueError, TypeError) as error:
            raise ConfigError(
                f"{self.architecture} can't be made with image_size={self.image_size} and arguments "
                f"{self.arguments}: {error}"
            ) from error
        except Exception as error:
            # Keras raises a bare Exception when a download fails, and lets an OSError through.
            if weights is None or not (type(error) is Exception or isinstance(error, OSError)):
                raise
            raise FetchError(
                f"The {weights} weights of {self.architecture} could not be fetched ({error}). Without a "
                "network, give a local weights file (`--weights PATH`), or use `weights: bundled` or `random`."
            ) from error

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
            "image_size": self.image_size,
            "pooling": self.pooling,
            "arguments": self.arguments,
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


def check_backbone(config: BackboneConfig, tasks: Iterable[Task]) -> None:
    """Raise what `build_backbone` and the tasks' heads would, without downloading anything.

    Raises:
        ConfigError: the config does not fit the network, or a head does not fit its features.
        ModelError: a weights file is missing, damaged, or belongs to another architecture.
    """
    local = dataclasses.replace(config, weights="random") if config.weights == "imagenet" else config
    backbone = build_backbone(local)
    for task in tasks:
        task.head.check_features(backbone.feature_shape)


def find_application(name: str) -> Any:
    """Return the constructor of the `keras.applications` model called `name`.

    Raises:
        ConfigError: there is none; the message lists all.
    """
    known = application_names()
    if name not in known:
        raise ConfigError(unknown_name("backbone", name, known))
    return getattr(keras.applications, name)


def application_names() -> list[str]:
    """Return the names of all image models in `keras.applications`."""
    return [
        name
        for name, member in vars(keras.applications).items()
        if inspect.isfunction(member) and "include_top" in inspect.signature(member).parameters
    ]


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
    from hydranet import bundled

    expected = bundled.BACKBONE
    if (config.name, config.arguments) != (expected.constructor, expected.arguments):
        raise ConfigError(
            f"The bundled weights belong to name: {expected.constructor}, arguments: {expected.arguments}: "
            f"received name: {config.name}, arguments: {config.arguments}."
        )
    return bundled.weights_path()
