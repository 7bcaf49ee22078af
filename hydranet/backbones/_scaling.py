"""What a network that comes as a file expects of a picture's values, which the file does not say."""

from collections.abc import Callable
from typing import Any

from hydranet.backbones._application import application_names, preprocessing_of
from hydranet.errors import ConfigError
from hydranet.naming import unknown_name

# What values of a picture become, which are in [0, 255].
_SCALINGS: dict[str, Callable[[Any], Any]] = {
    "0..255": lambda images: images,
    "0..1": lambda images: images / 255.0,
    "-1..1": lambda images: images / 127.5 - 1.0,
}


def find_scaling(name: str) -> Callable[[Any], Any]:
    """Return what turns pictures with values in [0, 255] into a network's input.

    Args:
        name: `0..255`, `0..1`, `-1..1`, or the name of a Keras application.

    Raises:
        ConfigError: it is none of them.
    """
    if name in _SCALINGS:
        return _SCALINGS[name]
    if name not in application_names():
        known = [*_SCALINGS, *application_names()]
        raise ConfigError(f"backbone.scaling: {unknown_name('scaling', name, known)}")
    return preprocessing_of(name)
