"""The image models of KerasHub: transformers and convolutional networks, from a preset or a class."""

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal
from weakref import WeakKeyDictionary

from hydranet.backbones._backbone import MAP, Backbone
from hydranet.backbones._convolutional import ConvolutionalBackbone
from hydranet.backbones._hub_models import Arithmetic, Numbers, default_arithmetic, hub_class, make_model
from hydranet.backbones._hub_preset import Preset, is_folder
from hydranet.backbones._token_outputs import TOKENS, token_outputs
from hydranet.backbones._unrolled import save_as_they_are, unrolled
from hydranet.backbones._weights_file import load_weights_file
from hydranet.errors import ConfigError
from hydranet.settings import PathMark

# By network: the model of KerasHub that it was made of, as data.
_origins: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()


class _PresetMark(PathMark):
    """Marks a preset, which is a path if it is a folder and not a name."""

    def locate(self, text: str, base_dir: Path) -> str:
        """Return the absolute path of a folder, or the name."""
        is_path = is_folder(text) or ("://" not in text and (base_dir / text / "config.json").is_file())
        return super().locate(text, base_dir) if is_path else text


@dataclass(frozen=True)
class KerasHub(ConvolutionalBackbone):
    """An image model of KerasHub without its task's head, with the preprocessing that belongs to it.

    Networks that read a picture as patches (ViT, DINOv2, SigLIP …) give their last `tokens`, those of patches as a
    `map`, and `pooled`; convolutional ones (ResNet, EfficientNet …) the same features, where `tokens` are the map's
    positions. ViT and DINOv2 can be cut between any two blocks.

    It needs KerasHub: `pip install 'hydranet[keras-hub]'`.

    Args:
        preset: a name that KerasHub knows, such as `vit_base_patch16_224_imagenet`, which is downloaded; a handle
            such as `hf://owner/model`; or a folder that `save_to_preset` wrote, with a slash in it.
        name: in place of a preset, a class of `keras_hub.models`, such as `ViTBackbone`, or the registered name of a
            class of one's own.
        arguments: of that class, or in place of those in the preset.
        weights: `preset`, `random`, or the path of a weights file of the same model.
        pooling: how `pooled` is made. `auto` is what the network itself sums up, its own vector (SigLIP) or class token
            (ViT and DINOv2, as in their papers), or else the average; `cls` the class token; `avg` and `max` are over
            the map; with `none`, heads read the map unless they ask for another feature.
        pooled: with `levels`, two earlier maps of a convolutional network are features too, as those of `Application`
            are.
        scale: what pictures with values in [0, 255] are multiplied with, a number or one for each colour. By default
            what the preset's image converter says, or the family: [-1, 1] for ViT, SigLIP and Xception, ImageNet's mean
            and deviation for the others.
        offset: what is added then.
        architecture: of the model, as a saved one knows it; not for configs.
        image_size: see `Backbone`. ViT and SigLIP read pictures of their preset's size only.

    Example:
        >>> backbone = KerasHub("vit_base_patch16_224_imagenet")
        >>> backbone.describe(), backbone.features
        ('vit_base_patch16_224_imagenet at 224 px', ('pooled', 'map', 'tokens'))
    """

    preset: Annotated[str, _PresetMark()] = ""
    name: str = field(default="", kw_only=True)
    arguments: dict[str, Any] = field(default_factory=dict, kw_only=True)
    weights: Annotated[str, PathMark(words=("preset", "random"))] = field(default="preset", kw_only=True)
    pooling: Literal["auto", "avg", "max", "cls", "none"] = field(default="auto", kw_only=True)  # type: ignore[assignment]
    pooled: Literal["levels", "last"] = field(default="last", kw_only=True)
    scale: Numbers | None = field(default=None, kw_only=True)
    offset: Numbers | None = field(default=None, kw_only=True)
    architecture: dict[str, Any] = field(default_factory=dict, kw_only=True, repr=False)
    kind: Literal["keras_hub"] = field(default="keras_hub", kw_only=True, repr=False)

    def __post_init__(self) -> None:
        """Check that there is one model, and that it has weights."""
        super().__post_init__()
        if bool(self.preset) == bool(self.name):
            raise ConfigError(
                "A backbone of KerasHub needs a `preset`, or the `name` of a class: received "
                f"preset={self.preset!r} and name={self.name!r}."
            )
        if self.name and self.weights == "preset":
            raise ConfigError(
                f"{self.name} is a class, which has no weights of its own: use `weights: random`, the path of a "
                "weights file, or a `preset`."
            )

    @property
    def label(self) -> str:
        """The name of class or preset."""
        return self.name or Path(self.preset).name

    @property
    def features(self) -> tuple[str, ...]:
        """Those of a convolutional network, and tokens."""
        return (*super().features, TOKENS)

    def build_network(self) -> Any:
        """Return the network; see `Backbone.build_network`."""
        return self._network(self._model(has_weights=False))

    def load_network(self, seed: int = 0) -> Any:
        """Return the network with its weights; see `Backbone.load_network`."""
        import keras

        keras.utils.set_random_seed(seed)
        model = self._model(has_weights=self.weights == "preset")
        if self.weights not in ("preset", "random"):
            load_weights_file(model, Path(self.weights), of=f"{self.label} with arguments {self.arguments}")
        return self._network(model)

    def resolved(self, network: Any) -> Backbone:
        """Return the same backbone, with the model and its preprocessing as data."""
        if self.name or network not in _origins:
            return self
        scale, offset = self._arithmetic()
        return dataclasses.replace(self, architecture=_origins[network], scale=scale, offset=offset)

    def preprocess(self, images: Any) -> Any:
        """Return pictures times `scale`, plus `offset`."""
        import keras

        scale, offset = (keras.ops.convert_to_tensor(each, images.dtype) for each in self._arithmetic())
        return images * scale + offset

    @property
    def preprocessing(self) -> str:
        """The arithmetic that `preprocess` does."""
        return "keras_hub: times {}, plus {}".format(*self._arithmetic())

    @property
    def is_random(self) -> bool:
        """Whether `weights` says so."""
        return self.weights == "random"

    def randomised(self) -> Backbone:
        """Return the same model with random weights."""
        return dataclasses.replace(self, weights="random")

    def without_download(self) -> Backbone:
        """Return the same model, with random weights in place of downloaded ones; its config is downloaded still."""
        is_downloaded = self.weights == "preset" and not is_folder(self.preset)
        return self.randomised() if is_downloaded else self

    def describe(self) -> str:
        """Return model, size and weights in a few words."""
        weights = "" if self.weights == "preset" else f", weights: {Path(self.weights).name}"
        return f"{super().describe()}{weights}"

    def _arithmetic(self) -> Arithmetic:
        if self.scale is not None and self.offset is not None:
            return self.scale, self.offset
        scale, offset = (
            default_arithmetic(hub_class(self.name)) if self.name else Preset(self.preset).arithmetic()
        )
        return (scale if self.scale is None else self.scale), (offset if self.offset is None else self.offset)

    def _model(self, *, has_weights: bool) -> Any:
        """Return the model of KerasHub that sees, with its weights or random ones."""
        if self.architecture:
            cls, arguments = hub_class(self.architecture["class"]), self.architecture["arguments"]
            model = make_model(cls, arguments, self.image_shape)
        elif self.name:
            model = make_model(hub_class(self.name), self.arguments, self.image_shape)
        else:
            model = Preset(self.preset).make(self.arguments, self.image_shape, has_weights=has_weights)
            model = getattr(model, "vision_encoder", model)
        inputs = [tuple(each.shape[1:]) for each in model.inputs]
        if inputs != [self.image_shape]:
            raise ConfigError(
                f"{self.label} reads {inputs}, expected one picture of {self.image_shape}: change `image_size`, "
                "or give another model."
            )
        return model

    def _network(self, model: Any) -> Any:
        import keras

        origin = {"class": keras.saving.get_registered_name(type(model)), "arguments": _arguments(model)}
        output = unrolled(_last_output(model))
        last = _last_grid(output, self.label)
        if len(last.shape) == 4:
            network = self._with_tokens(self.giving_features(model, output))
        elif self.pooled == "levels":
            raise ConfigError(f"{self.label} has no levels, since it gives tokens: use `pooled: last`.")
        else:
            vector = output if len(output.shape) == 2 else None
            outputs = token_outputs(model, last, vector, self.pooling)
            network = keras.Model(model.inputs[0], outputs, name=model.name)
        save_as_they_are(network)
        _origins[network] = origin
        return network

    def _with_tokens(self, network: Any) -> Any:
        import keras

        if self.pooling == "cls":
            raise ConfigError(f"{self.label} has no class token: use another `pooling` than `cls`.")
        feature_map = network.output[MAP]
        _, height, width, channels = feature_map.shape
        tokens = keras.layers.Reshape((height * width, channels), name=TOKENS)(feature_map)
        return keras.Model(network.inputs[0], {**network.output, TOKENS: tokens}, name=network.name)


def _arguments(model: Any) -> dict[str, Any]:
    """Return what a model is made with, as JSON; not how it computes, which is as Keras computes then."""
    config = model.get_config()
    return json.loads(json.dumps({key: config[key] for key in config if key not in ("dtype", "trainable")}))


def _last_output(model: Any) -> Any:
    """Return the output that is made last, of a model that may give earlier ones too."""
    depths = {
        id(operation): depth for depth, group in model._operations_by_depth.items() for operation in group
    }
    return min(model.outputs, key=lambda output: depths[id(output._keras_history.operation)])


def _last_grid(tensor: Any, label: str) -> Any:
    """Return the map or the tokens that are nearest to a tensor."""
    while len(tensor.shape) not in (3, 4):
        operation, node, _ = tensor._keras_history
        sources = operation._inbound_nodes[node].input_tensors
        if len(sources) != 1:
            raise ConfigError(f"{label} ends in neither a map nor tokens: give another model.")
        [tensor] = sources
    return tensor
