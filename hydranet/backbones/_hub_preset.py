"""Presets of KerasHub, by name or folder: what they hold, and every way in which they can be wrong."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hydranet.backbones._hub_models import (
    Arithmetic,
    Numbers,
    default_arithmetic,
    keras_hub,
    make_model,
    shape_setting,
)
from hydranet.backbones._weights_file import load_weights_file
from hydranet.data import is_reachable
from hydranet.errors import ConfigError, FetchError, ModelError
from hydranet.naming import nearest_match

_WEIGHTS, _CONVERTER, _PREPROCESSOR = "model.weights.h5", "image_converter.json", "preprocessor.json"


def is_folder(preset: str) -> bool:
    """Whether a preset is given as a folder: with a slash, or one that is there."""
    return "://" not in preset and ("/" in preset or os.sep in preset or Path(preset).is_dir())


@dataclass(frozen=True)
class Preset:
    """What KerasHub's `from_preset` takes.

    Args:
        name: a name that KerasHub knows, a handle such as `hf://owner/model`, or a folder.
    """

    name: str

    def make(
        self, arguments: Mapping[str, Any], image_shape: tuple[int, int, int], *, has_weights: bool
    ) -> Any:
        """Return its model.

        Args:
            arguments: in place of those in the preset.
            image_shape: of one picture.
            has_weights: whether its weights are loaded; they are random otherwise.

        Raises:
            ConfigError: there is no such preset, or it can't be made like this.
            FetchError: it can't be fetched.
            ModelError: it is missing or damaged, or belongs to pictures of another size.
        """
        loader = self._loader()
        cls = self._class(loader)
        if not _is_of_keras(loader) or (has_weights and not self._has(_WEIGHTS)):
            # Another library's, which KerasHub converts, or weights in several files.
            settings = {**shape_setting(cls, image_shape), **arguments}
            return self._read(cls.from_preset, load_weights=has_weights, **settings)
        config = {key: value for key, value in loader.config["config"].items() if key != "dtype"}
        model = make_model(cls, {**config, **arguments}, image_shape)
        if has_weights:
            made_for = config.get("image_shape")
            of = f"{cls.__name__} at {image_shape[0]} × {image_shape[1]} px"
            of += f" (the preset was made for {made_for[0]} × {made_for[1]})" if made_for else ""
            load_weights_file(model, Path(self._read(_files().get_file, _WEIGHTS)), of=of)
        return model

    def arithmetic(self) -> Arithmetic:
        """Return the scale and the offset of its image converter, or those of its family where it has none.

        Raises:
            ConfigError: there is no such preset, or nothing says how it reads pictures.
            FetchError: it can't be fetched.
            ModelError: it is missing or damaged.
        """
        loader = self._loader()
        if not _is_of_keras(loader):
            return _arithmetic_of(vars(self._read(keras_hub().layers.ImageConverter.from_preset)))
        converter = self._json(_CONVERTER) if self._has(_CONVERTER) else None
        if converter is None and self._has(_PREPROCESSOR):
            converter = self._json(_PREPROCESSOR)["config"].get("image_converter")
        return _arithmetic_of(converter["config"]) if converter else default_arithmetic(self._class(loader))

    def _loader(self) -> Any:
        known = keras_hub().models.Backbone.presets
        if is_folder(self.name):
            if not (Path(self.name) / "config.json").is_file():
                raise ModelError(
                    f"{self.name} is no preset of KerasHub: expected a folder with a config.json, as `save_to_preset` "
                    "writes it."
                )
        elif "://" not in self.name and self.name not in known:
            raise ConfigError(
                f"KerasHub has no preset {self.name!r}.{nearest_match(self.name, known)} Give one of "
                "keras_hub.models.Backbone.presets, or a folder, such as ./folder."
            )
        return self._read(_files().get_preset_loader)

    def _class(self, loader: Any) -> Any:
        cls = self._read(lambda _: loader.check_backbone_class())
        if not issubclass(cls, keras_hub().models.Backbone):
            raise ModelError(f"{self.name} holds a {cls.__name__}: expected a backbone of KerasHub.")
        return cls

    def _has(self, file: str) -> bool:
        return self._read(_files().check_file_exists, file)

    def _json(self, file: str) -> Any:
        return self._read(_files().load_json, file)

    def _read(self, function: Callable[..., Any], *arguments: Any, **settings: Any) -> Any:
        """Return what a function of KerasHub gives for the preset."""
        try:
            # The progress of a download is no result.
            with contextlib.redirect_stdout(sys.stderr), _without_waiting(self.name):
                return function(self.name, *arguments, **settings)
        except Exception as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            if is_folder(self.name):
                raise ModelError(
                    f"The preset {self.name} is damaged, or not one of KerasHub: {reason}"
                ) from error
            raise FetchError(
                f"The preset {self.name} could not be fetched ({reason}). Without a network, give the folder of a "
                "preset (`preset: ./folder`), or a class with `weights: random`."
            ) from error


@contextlib.contextmanager
def _without_waiting(preset: str) -> Iterator[None]:
    """Have Hugging Face's library read its cache at once where there is no network: it would try for half a minute."""
    if not preset.startswith("hf://"):
        yield
        return
    try:
        from huggingface_hub import constants
    except ImportError:  # which KerasHub says
        yield
        return
    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = before or not is_reachable(constants.ENDPOINT)
    try:
        yield
    except Exception as error:
        if not constants.HF_HUB_OFFLINE:
            raise
        raise OSError(f"no answer from {constants.ENDPOINT}, and it is not in the cache") from error
    finally:
        constants.HF_HUB_OFFLINE = before


def _is_of_keras(loader: Any) -> bool:
    return "registered_name" in loader.config


def _arithmetic_of(converter: Mapping[str, Any]) -> Arithmetic:
    return _plain(converter.get("scale"), 1.0), _plain(converter.get("offset"), 0.0)


def _plain(number: Any, default: float) -> Numbers:
    values = tuple(float(each) for each in np.ravel(default if number is None else number))
    return (values[0], values[1], values[2]) if len(values) == 3 else values[0]


def _files() -> Any:
    """Return the module that finds a preset's files and downloads them, for which KerasHub has no public name."""
    from keras_hub.src.utils import preset_utils

    return preset_utils
