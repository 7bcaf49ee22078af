"""The kind of backbone that a config means if it names none, and backbones as data."""

from collections.abc import Mapping
from typing import Any

from hydranet.backbones._application import Application, application_names
from hydranet.backbones._backbone import Backbone
from hydranet.errors import ConfigError
from hydranet.settings import validate


def default_backbone(name: str = "MobileNetV2", **settings: Any) -> Backbone:
    """Return a backbone of the default kind.

    Args:
        name: of the network.
        settings: as a config has them.

    Example:
        >>> default_backbone("Xception", image_size=299).describe()
        'Xception at 299 px, weights: imagenet'
    """
    return Application(name, **settings)


def backbone_names() -> list[str]:
    """Return the names that the default kind knows."""
    return application_names()


def backbone_from_config(config: Mapping[str, Any]) -> Backbone:
    """Return the backbone that `to_config` described.

    Raises:
        ConfigError: it has an unknown kind, or fields that this kind does not know.

    Example:
        >>> from hydranet.settings import to_config
        >>> backbone = default_backbone(image_size=[96, 128], weights="random")
        >>> backbone_from_config(to_config(backbone)) == backbone
        True
    """
    errors: list[str] = []
    backbone = validate(Backbone, config, errors, path=("backbone",))  # type: ignore[type-abstract]
    if backbone is None:
        raise ConfigError("\n  ".join(["The backbone can't be read:", *errors]))
    return backbone
