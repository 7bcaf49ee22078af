"""Files of version 0.1: their trunk is a layer called Backbone, and their layers name the parts of a backbone."""

from collections.abc import Mapping
from typing import Any, Self

import keras

from hydranet.backbones import default_backbone
from hydranet.model._trunk import Trunk
from hydranet.settings import to_config


def current_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the config of a trunk or tail as this version writes it."""
    if "architecture" not in config:
        return dict(config)
    given = dict(config)
    name = given.pop("architecture")
    settings = {key: given.pop(key) for key in ("image_size", "pooling", "arguments")}
    return {**given, "backbone": to_config(default_backbone(name, **settings))}


@keras.saving.register_keras_serializable("hydranet")
class Backbone(Trunk):
    """The trunk of such a file. Keras finds its weights by the name of the class."""

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Rebuild the layer; its weights are loaded afterwards."""
        return super().from_config(current_config(config))
