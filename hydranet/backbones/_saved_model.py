"""A network in TensorFlow's SavedModel format, such as a feature vector of TensorFlow Hub: frozen, as it is."""

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from hydranet.backbones._backbone import MAP, POOLED, Backbone
from hydranet.backbones._scaling import find_scaling
from hydranet.errors import ConfigError, ModelError
from hydranet.naming import listed, unknown_name
from hydranet.settings import PathText

_FILES = ("saved_model.pb", "saved_model.pbtxt")


@dataclass(frozen=True)
class SavedModel(Backbone):
    """The network in a SavedModel folder, without cuts: it can't be fine-tuned.

    Its graph is taken into the run, its constants as weights: the folder is read in training only. Operations that may
    do more than compute, such as to read files, are refused, and no Python is executed from it.

    Args:
        path: of the folder that holds `saved_model.pb`.
        scaling: what the network expects of a picture's values: `0..1`, as most of TensorFlow Hub do, `-1..1`, `0..255`
            where it scales them itself, or the name of a Keras application. The folder does not say.
        signature: which of its signatures is used, such as `serving_default`. Where none is given, the object itself is
            called, in inference mode, as TensorFlow Hub's layers are; where it can't be, its only signature.
        output: the name of the output, where there are several.
        pooled: `alone` where the output is one vector, or a map of which only the average is read; with `last` it is a
            map, which is a feature too.
        architecture: of the network, as a saved model knows it; not for configs.
        image_size: see `Backbone`.

    Example:
        >>> backbone = SavedModel(path="mobilenet_v2_feature_vector", scaling="0..1", image_size=224)
        >>> backbone.describe(), backbone.features
        ('mobilenet_v2_feature_vector at 224 px', ('pooled',))
    """

    path: PathText = field(kw_only=True)
    scaling: str = field(kw_only=True)
    signature: str | None = field(default=None, kw_only=True)
    output: str | None = field(default=None, kw_only=True)
    pooled: Literal["alone", "last"] = field(default="alone", kw_only=True)
    architecture: str = field(default="", kw_only=True, repr=False)
    kind: Literal["saved_model"] = field(default="saved_model", kw_only=True, repr=False)

    @property
    def label(self) -> str:
        """The name of the folder."""
        return Path(self.path).name

    @property
    def features(self) -> tuple[str, ...]:
        """The vector, and the map where `pooled` says that there is one."""
        return (POOLED,) if self.pooled == "alone" else (POOLED, MAP)

    @property
    def has_cuts(self) -> bool:
        """False: its layers are not known."""
        return False

    def build_network(self) -> Any:
        """Return the network; see `Backbone.build_network`. Its weights are those of the folder while that is there."""
        if not self.architecture:
            return self.load_network()
        import keras

        from hydranet.backbones import _frozen_graph  # noqa: F401  # Keras finds its layer then

        config = json.loads(self.architecture)
        return keras.saving.deserialize_keras_object(config, safe_mode=True)

    def load_network(self, seed: int = 0) -> Any:
        """Return the network with its weights; see `Backbone.load_network`.

        Raises:
            ConfigError: it takes no such pictures, or has no such signature or output.
            ModelError: the folder is missing or damaged, or its graph may do more than compute.
        """
        import keras

        from hydranet.backbones._frozen_graph import FrozenGraph, freeze

        find_scaling(self.scaling)  # an unknown one is found before the folder is read
        loaded = _load(Path(self.path))
        call = self._find_call(loaded)
        try:
            frozen = freeze(lambda images: self._only(call(images)), self.image_shape, self.path)
        except (ConfigError, ModelError):
            raise
        except Exception as error:  # TensorFlow says in many ways that a function does not take this
            raise ConfigError(
                f"{self.path} can't be called with pictures of {self.size_text}: {_first_line(error)} Change "
                "`image_size`, or say which `signature` takes pictures."
            ) from error
        images = keras.Input(self.image_shape)
        return keras.Model(images, self._named(FrozenGraph.of(frozen)(images)), name=self.label)

    def resolved(self, network: Any) -> Backbone:
        """Return the same backbone with its graph; see `Backbone.resolved`."""
        import keras

        text = json.dumps(keras.saving.serialize_keras_object(network))
        return dataclasses.replace(self, architecture=text)

    def preprocess(self, images: Any) -> Any:
        """Return what the network expects; see `Backbone.preprocess`."""
        return find_scaling(self.scaling)(images)

    @property
    def preprocessing(self) -> str:
        """The scaling."""
        return f"saved_model {self.scaling}"

    def _find_call(self, loaded: Any) -> Callable[[Any], Any]:
        names = list(loaded.signatures)
        if self.signature is None and callable(loaded):
            return lambda images: _in_inference(loaded, images)
        name = self.signature or (names[0] if len(names) == 1 else "serving_default")
        if name not in names:
            raise ConfigError(f"backbone.signature: {unknown_name('signature', name, names)}")
        function = loaded.signatures[name]
        arguments = list(function.structured_input_signature[1])
        if len(arguments) != 1:
            raise ConfigError(
                f"The signature {name!r} of {self.path} takes {listed(arguments) or 'nothing'}: expected one array of "
                "pictures."
            )
        return lambda images: function(**{arguments[0]: images})

    def _only(self, given: Any) -> Any:
        """Return the output that is wanted."""
        if not isinstance(given, Mapping):
            given = dict(enumerate(given)) if isinstance(given, list | tuple) else {"output": given}
        outputs = {str(name): tensor for name, tensor in given.items()}
        if self.output is None and len(outputs) == 1:
            return next(iter(outputs.values()))
        if self.output not in outputs:
            shapes = listed(f"{name} {tuple(tensor.shape)}" for name, tensor in outputs.items())
            raise ConfigError(f"backbone.output: received {self.output!r}, expected one of {shapes}.")
        return outputs[self.output]

    def _named(self, output: Any) -> dict[str, Any]:
        import keras

        shape = tuple(output.shape[1:])
        if None in shape or len(shape) not in (1, 3) or (self.pooled == "last" and len(shape) != 3):
            wanted = "a map (height, width, channels)" if self.pooled == "last" else "a vector or a map"
            raise ConfigError(
                f"{self.path} gives {shape} for a picture of {self.size_text}: expected {wanted}. `output` names "
                "another output, and `pooled: alone` is for vectors."
            )
        pooled = keras.layers.GlobalAveragePooling2D()(output) if len(shape) == 3 else output
        return {POOLED: pooled} if self.pooled == "alone" else {POOLED: pooled, MAP: output}


def _load(folder: Path) -> Any:
    import tensorflow as tf

    if not any((folder / name).is_file() for name in _FILES):
        raise ModelError(
            f"{folder} is no SavedModel: expected a folder with {_FILES[0]}, as `model.export` writes it, or unpacked "
            "from a hub."
        )
    try:
        return tf.saved_model.load(str(folder))
    except Exception as error:  # of damaged files in many ways
        raise ModelError(f"{folder} can't be read: {_first_line(error)}") from error


def _in_inference(loaded: Any, images: Any) -> Any:
    """Call an object as TensorFlow Hub's layers do: with `training`, where it takes that."""
    try:
        return loaded(images, training=False)
    except (TypeError, ValueError):  # it was saved without
        return loaded(images)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
