"""An image model of the user's own, as a file that Keras has saved: all but its classifier is the backbone."""

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from hydranet.backbones._backbone import POOLED, Backbone
from hydranet.backbones._convolutional import ConvolutionalBackbone, last_map
from hydranet.backbones._flatten import flattened
from hydranet.backbones._scaling import find_scaling
from hydranet.errors import ConfigError, ModelError
from hydranet.naming import nearest_match
from hydranet.settings import PathText

_SUFFIXES = (".keras", ".h5", ".hdf5")


@dataclass(frozen=True)
class KerasFile(ConvolutionalBackbone):
    """A whole image model in a `.keras` or `.h5` file, without its classifier.

    Models within the model become its layers, so that it can be cut and fine-tuned anywhere. The file is read under
    Keras's safe mode, which executes no code from it; classes of one's own are known once a module under `plugins:`
    has registered them (`keras.saving.register_keras_serializable`). A run holds all of it: the file is read in
    training only.

    Args:
        path: of the file.
        scaling: what the model expects of a picture's values: `0..255` where it scales them itself, `0..1`, `-1..1`,
            or the name of a Keras application whose preprocessing it was trained with. The file does not say.
        layer: the name of the layer whose output is used, of a model within too; by default what the classifier
            reads, which is the last layer with weights if that gives one vector.
        pooling: see `ConvolutionalBackbone`.
        pooled: see `ConvolutionalBackbone`; with `alone` it is the only feature, of a network that has no maps.
        architecture: of the network, as a saved model knows it; not for configs.
        image_size: see `Backbone`; that of the model, where it takes only one.

    Example:
        >>> backbone = KerasFile(path="classifier.keras", scaling="0..1", image_size=160)
        >>> backbone.label, backbone.features[:2]
        ('classifier', ('pooled', 'map'))
    """

    path: PathText = field(kw_only=True)
    scaling: str = field(kw_only=True)
    layer: str | None = field(default=None, kw_only=True)
    pooled: Literal["levels", "last", "alone"] = field(default="levels", kw_only=True)  # type: ignore[assignment]
    architecture: str = field(default="", kw_only=True, repr=False)
    kind: Literal["keras_file"] = field(default="keras_file", kw_only=True, repr=False)

    @property
    def label(self) -> str:
        """The name of the file, without its suffix."""
        return Path(self.path).stem

    @property
    def features(self) -> tuple[str, ...]:
        """As of any convolutional network; see `ConvolutionalBackbone`."""
        return (POOLED,) if self.pooled == "alone" else super().features

    @property
    def default_feature(self) -> str:
        """As of any convolutional network; see `ConvolutionalBackbone`."""
        return POOLED if self.pooled == "alone" else super().default_feature

    def build_network(self) -> Any:
        """Return the network; see `Backbone.build_network`. Its weights are those of the file while that is there."""
        import keras

        if not self.architecture:
            return self.load_network()
        config = json.loads(self.architecture)
        return keras.saving.deserialize_keras_object(config, safe_mode=True)

    def load_network(self, seed: int = 0) -> Any:
        """Return the network with its weights; see `Backbone.load_network`.

        Raises:
            ConfigError: it takes no such pictures, or has no such layer.
            ModelError: the file is missing, or holds no model that Keras can read safely.
        """
        find_scaling(self.scaling)  # an unknown one is found before the file is read
        model = self._flattened(_load(Path(self.path)))
        output = _output_of(model, self.layer) if self.layer else _below_classifier(model)
        return self.giving_features(model, output)

    def giving_features(self, model: Any, output: Any) -> Any:
        """Return the network that gives all features; see `ConvolutionalBackbone.giving_features`."""
        import keras

        if self.pooled != "alone":
            if not _has_map(output):
                raise ConfigError(
                    f"{self.path} has no map below the layer {_made_by(output).name!r}: use `pooled: alone`."
                )
            try:
                return super().giving_features(model, output)
            except ConfigError as error:
                raise ConfigError(f"{self.path}: {error}") from error
        pool = {3: keras.layers.GlobalAveragePooling1D, 4: self._pool}.get(len(output.shape))
        return keras.Model(model.inputs[0], {POOLED: pool()(output) if pool else output}, name=model.name)

    def resolved(self, network: Any) -> Backbone:
        """Return the same backbone with its architecture; see `Backbone.resolved`."""
        import keras

        text = json.dumps(keras.saving.serialize_keras_object(network))
        return dataclasses.replace(self, architecture=text)

    def preprocess(self, images: Any) -> Any:
        """Return what the model expects; see `Backbone.preprocess`."""
        return find_scaling(self.scaling)(images)

    @property
    def preprocessing(self) -> str:
        """The scaling."""
        return f"keras_file {self.scaling}"

    def _flattened(self, model: Any) -> Any:
        if len(model.inputs) != 1 or len(model.outputs) != 1:
            raise ConfigError(
                f"{self.path} has {len(model.inputs)} inputs and {len(model.outputs)} outputs: expected one of each."
            )
        _, *size, channels = model.inputs[0].shape if len(model.inputs[0].shape) == 4 else (None, None)
        wanted = list(self.image_shape[:2])
        if channels != 3:
            raise ConfigError(
                f"{self.path} takes arrays of shape {model.inputs[0].shape}: expected pictures in three colours, "
                "(height, width, 3)."
            )
        if size not in (wanted, [None, None]):
            raise ConfigError(f"{self.path} takes pictures of {size} pixels: received image_size {wanted}.")
        try:
            return flattened(model, self.image_shape)
        except ValueError as error:
            reason = str(error).strip().splitlines()[0]
            raise ConfigError(
                f"{self.path} can't be used at pictures of {self.size_text}: {reason}"
            ) from error


def _load(path: Path) -> Any:
    import keras

    if not path.is_file():
        raise ModelError(f"There is no model file {path}: expected one that Keras has saved.")
    if path.suffix not in _SUFFIXES or path.name.endswith(".weights.h5"):
        raise ModelError(
            f"{path} is not a whole model: expected a name ending in {' or '.join(_SUFFIXES)}. Weights alone belong "
            "to `backbone: {name: …, weights: PATH}`."
        )
    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # zip, HDF5, JSON, unknown classes: what can't be read fails in many ways
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(
            f"{path} can't be read: {reason} Classes of one's own must be registered by a module under `plugins:`, "
            "and code that is stored in a file, as of Lambda layers, is not executed."
        ) from error
    if not (isinstance(model, keras.Sequential) or hasattr(model, "_run_through_graph")):
        raise ModelError(
            f"{path} holds a {type(model).__name__}: expected a functional or sequential Keras model, whose layers "
            "are known."
        )
    return model


def _output_of(model: Any, layer: str) -> Any:
    names = [each.name for each in model.layers]
    if layer not in names:
        raise ConfigError(f"backbone.layer: the file has no layer {layer!r}.{nearest_match(layer, names)}")
    return model.get_layer(layer).output


def _below_classifier(model: Any) -> Any:
    """Return what the last layer with weights reads, if it turns one vector into another; else the output."""
    import keras

    layers, tensor = keras.layers, model.outputs[0]
    passed = (layers.Activation, layers.Softmax, layers.Dropout, layers.Reshape, layers.Flatten, layers.ReLU)
    while isinstance(_made_by(tensor), passed):
        tensor = _made_by(tensor).input
    last = _made_by(tensor)
    is_dense = isinstance(last, layers.Dense) and len(tensor.shape) == 2
    is_like_dense = isinstance(last, layers.Conv2D) and tuple(last.input.shape[1:3]) == (1, 1)
    if not (is_dense or is_like_dense):
        return model.outputs[0]
    tensor = last.input
    while isinstance(_made_by(tensor), layers.Dropout):
        tensor = _made_by(tensor).input
    return tensor


def _has_map(output: Any) -> bool:
    """Return whether one map, which is not the picture itself, is made into this output."""
    import keras

    try:
        made_by = _made_by(last_map(output))
    except ValueError:  # of several
        return False
    return len(output.shape) != 3 and not isinstance(made_by, keras.layers.InputLayer)


def _made_by(tensor: Any) -> Any:
    return tensor._keras_history.operation
