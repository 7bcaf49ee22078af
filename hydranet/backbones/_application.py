"""The image models of `keras.applications`: which there are, and how one is made."""

import contextlib
import dataclasses
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from hydranet.backbones._backbone import Backbone
from hydranet.backbones._convolutional import ConvolutionalBackbone
from hydranet.backbones._weights_file import load_weights_file
from hydranet.errors import ConfigError, FetchError
from hydranet.naming import unknown_name
from hydranet.settings import PathMark

Weights = Annotated[str, PathMark(words=("imagenet", "bundled", "random"))]


@dataclass(frozen=True)
class Application(ConvolutionalBackbone):
    """A model of `keras.applications` without its classification top, with the preprocessing that belongs to it.

    Args:
        name: such as `MobileNetV2`.
        weights: `imagenet` (downloaded by Keras), `bundled` (comes with hydranet), `random`, or the path of a
            weights file without a classification top.
        arguments: further arguments of the model's constructor, such as `{alpha: 0.35}`.
        pooling: see `ConvolutionalBackbone`.
        pooled: see `ConvolutionalBackbone`.
        image_size: see `Backbone`.

    Example:
        >>> Application(image_size=160).weights, Application(pooling="none").default_feature
        ('imagenet', 'map')
        >>> Application().choices, Application(pooled="last").choices
        (('pooled', 'levels', 'level_1'), ('pooled',))
    """

    name: str = "MobileNetV2"
    weights: Weights = field(default="imagenet", kw_only=True)
    arguments: dict[str, Any] = field(default_factory=dict, kw_only=True)
    kind: Literal["applications"] = field(default="applications", kw_only=True, repr=False)

    @property
    def label(self) -> str:
        """Its name."""
        return self.name

    def build_network(self) -> Any:
        """Return the model; see `Backbone.build_network`."""
        return self._network(None)

    def load_network(self, seed: int = 0) -> Any:
        """Return the model with its weights; see `Backbone.load_network`."""
        import keras

        if self.is_random:
            keras.utils.set_random_seed(seed)
        if self.weights == "imagenet":
            return self._network(self.weights)
        network = self.build_network()
        if not self.is_random:
            path = self._bundled_path() if self.weights == "bundled" else Path(self.weights)
            load_weights_file(network, path, of=f"{self.name} with arguments {self.arguments}")
        return network

    def preprocess(self, images: Any) -> Any:
        """Return what the model was trained on; see `Backbone.preprocess`."""
        return preprocessing_of(self.name)(images)

    @property
    def preprocessing(self) -> str:
        """The module that `preprocess` comes from."""
        return preprocessing_of(self.name).__module__

    @property
    def is_random(self) -> bool:
        """Whether `weights` says so."""
        return self.weights == "random"

    def randomised(self) -> Backbone:
        """Return the same model with random weights."""
        return dataclasses.replace(self, weights="random")

    def without_download(self) -> Backbone:
        """Return the same model, with random weights in place of downloaded ones."""
        return self.randomised() if self.weights == "imagenet" else self

    def describe(self) -> str:
        """Return model, size and weights in a few words."""
        return f"{super().describe()}, weights: {Path(self.weights).name}"

    def _network(self, weights: str | None) -> Any:
        model = self._build(weights)
        return self.giving_features(model, model.outputs[0])

    def _build(self, weights: str | None) -> Any:
        constructor = _find_application(self.name)
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
                f"{self.name} can't be made with image_size={self.image_size} and arguments {self.arguments}: {error}"
            ) from error
        except Exception as error:
            # Keras raises a bare Exception when a download fails, and lets an OSError through.
            if weights is None or not (type(error) is Exception or isinstance(error, OSError)):
                raise
            raise FetchError(
                f"The {weights} weights of {self.name} could not be fetched ({error}). Without a "
                "network, give a local weights file (`--weights PATH`), or use `weights: bundled` or `random`."
            ) from error

    def _bundled_path(self) -> Path:
        from hydranet import drawings as bundled

        expected = bundled.BACKBONE
        if (self.name, self.arguments) != (expected.constructor, expected.arguments):
            raise ConfigError(
                f"The bundled weights belong to name: {expected.constructor}, arguments: {expected.arguments}: "
                f"received name: {self.name}, arguments: {self.arguments}."
            )
        return bundled.weights_path()


def application_names() -> list[str]:
    """Return the names of all image models in `keras.applications`."""
    import keras

    return [
        name
        for name, member in vars(keras.applications).items()
        if inspect.isfunction(member) and "include_top" in inspect.signature(member).parameters
    ]


def _find_application(name: str) -> Any:
    import keras

    known = application_names()
    if name not in known:
        raise ConfigError(unknown_name("backbone", name, known))
    return getattr(keras.applications, name)


def preprocessing_of(name: str) -> Callable[[Any], Any]:
    """Return what turns pictures, values in [0, 255], into the input of an application."""
    preprocess: Callable[[Any], Any] = sys.modules[_find_application(name).__module__].preprocess_input
    return preprocess
