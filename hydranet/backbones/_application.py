"""The image models of `keras.applications`: which there are, and how one is made."""

import contextlib
import dataclasses
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np

from hydranet.backbones._application_top import layers_above_average, top_of
from hydranet.backbones._backbone import POOLED, Backbone
from hydranet.backbones._convolutional import ConvolutionalBackbone
from hydranet.backbones._weights_file import load_weights_file
from hydranet.errors import ConfigError, FetchError
from hydranet.heads import Top
from hydranet.naming import unknown_name
from hydranet.settings import PathMark

_NUM_IMAGENET_CLASSES = 1000
# By the features of the same weights, of which some were rounded to 8 bits, against those of others.
_MOST_DIFFERENT = 0.5

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

    def load_top(self, weights: str, num_classes: int | None = None) -> Top:
        """Return the top of the model as it was trained with the weights; see `Backbone.load_top`.

        A file holds the layers below the top too, which must give about the features that this backbone gives.
        """
        if self.pooling == "max":
            raise ConfigError("the top stands on the average of the last map: received `pooling: max`.")
        without = self._make(None, include_top=False, input_shape=self.image_shape, pooling="avg")
        if self.pooling == "none" and layers_above_average(without):
            raise ConfigError(
                "the top stands on layers above the average of the last map: received `pooling: none`, expected `avg`."
            )
        network = self._with_top(weights, num_classes)
        top = top_of(network, without)
        if (weights, self.weights) != ("imagenet", "imagenet"):
            without.set_weights(network.get_weights()[: len(without.weights)])
            self._check_is_of(without, weights)
        return top

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
        pooling = None if self.pooling == "none" else self.pooling
        return self._make(weights, include_top=False, input_shape=self.image_shape, pooling=pooling)

    def _with_top(self, weights: str, num_classes: int | None) -> Any:
        """Return the whole classifier, with its weights."""
        if weights == "imagenet":
            try:  # of some networks there are weights for several sizes
                return self._make(weights, include_top=True, input_shape=self.image_shape)
            except ConfigError:
                return self._make(weights, include_top=True)
        count = num_classes or _NUM_IMAGENET_CLASSES
        network = self._make(None, include_top=True, input_shape=self.image_shape, classes=count)
        of = f"{self.name} with arguments {self.arguments}"
        load_weights_file(network, Path(weights), of=of, include_top=True)
        return network

    def _check_is_of(self, network: Any, weights: str) -> None:
        """Raise ConfigError if a network without its top gives far other features than this one, on some noise."""
        pictures = np.random.default_rng(0).uniform(0, 255, (4, *self.image_shape)).astype(np.float32)
        inputs = self.preprocess(pictures)
        expected, own = np.asarray(network(inputs)), np.asarray(self.load_network()(inputs)[POOLED])
        difference = np.linalg.norm(own - expected) / np.linalg.norm(expected)
        if not difference <= _MOST_DIFFERENT:
            raise ConfigError(
                f"The top in {weights} stands on other weights than those of the backbone, {Path(self.weights).name}: "
                f"their features differ by {difference:.0%}. Give the backbone the weights that the top belongs to."
            )

    def _make(self, weights: str | None, **settings: Any) -> Any:
        constructor = _find_application(self.name)
        try:
            with contextlib.redirect_stdout(sys.stderr):  # Keras prints the progress of a download
                return constructor(weights=weights, **settings, **self.arguments)
        except (ValueError, TypeError) as error:
            raise ConfigError(
                f"{self.name} can't be made with image_size={self.image_size} and arguments {self.arguments}: {error}"
            ) from error
        except Exception as error:
            # Keras raises a bare Exception when a download fails, and lets an OSError through.
            if weights is None or not (type(error) is Exception or isinstance(error, OSError)):
                raise
            file = "`weights: PATH` of the head" if settings["include_top"] else "`--weights PATH`"
            others = "" if settings["include_top"] else ", or use `weights: bundled` or `random`"
            raise FetchError(
                f"The {weights} weights of {self.name} could not be fetched ({error}). Without a "
                f"network, give a local weights file ({file}){others}."
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
