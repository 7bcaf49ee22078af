"""KerasHub's image models: a class by its name, made as asked, and how its family reads pictures."""

import inspect
from collections.abc import Mapping
from typing import Any

from hydranet.errors import ConfigError
from hydranet.naming import unknown_name

# What pictures are multiplied with, and what is added then: a number, or one for each colour.
Numbers = float | tuple[float, float, float]
Arithmetic = tuple[Numbers, Numbers]

# ImageNet's colours with mean 0 and deviation 1, and values in [-1, 1].
_STANDARDISED: Arithmetic = (
    (1 / (255 * 0.229), 1 / (255 * 0.224), 1 / (255 * 0.225)),
    (-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225),
)
_SIGNED: Arithmetic = (1 / 127.5, -1.0)
_SIGNED_FAMILIES = ("ViTBackbone", "SigLIPBackbone", "SigLIPVisionEncoder", "XceptionBackbone")


def keras_hub() -> Any:
    """Return the package.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        import keras_hub as package
    except ImportError as error:
        raise ConfigError(
            f"A backbone of KerasHub needs the package: pip install 'hydranet[keras-hub]' ({error})."
        ) from error
    return package


def hub_class(name: str) -> Any:
    """Return a class of image models by its name, or one of the user's own by the name that Keras knows it by.

    Raises:
        ConfigError: there is none.
    """
    models = keras_hub().models
    import keras

    found = getattr(models, name, None) or keras.saving.get_registered_object(name)
    if not (inspect.isclass(found) and issubclass(found, models.Backbone)):
        raise ConfigError(unknown_name("image model of KerasHub", name, _hub_names()))
    return found


def make_model(cls: Any, arguments: Mapping[str, Any], image_shape: tuple[int, int, int]) -> Any:
    """Return a model of a class, with random weights.

    Raises:
        ConfigError: it can't be made like this.
    """
    import keras

    settings = {"dtype": keras.config.dtype_policy().name, **arguments, **shape_setting(cls, image_shape)}
    try:
        return cls.from_config(settings)
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as error:
        raise ConfigError(
            f"{cls.__name__} can't be made with image_size={list(image_shape[:2])} and arguments "
            f"{dict(arguments)}: {error}"
        ) from error


def shape_setting(cls: Any, image_shape: tuple[int, int, int]) -> dict[str, Any]:
    """Return the argument that says the shape of pictures; none for models that are made of several others."""
    arguments = inspect.signature(cls.__init__).parameters
    return {name: image_shape for name in ("image_shape", "input_shape") if name in arguments}


def default_arithmetic(cls: Any) -> Arithmetic:
    """Return how a family of KerasHub reads pictures.

    Raises:
        ConfigError: it is no family of KerasHub.
    """
    if not cls.__module__.startswith("keras_hub."):
        raise ConfigError(f"How {cls.__name__} reads pictures is not known: give `scale` and `offset`.")
    return _SIGNED if cls.__name__ in _SIGNED_FAMILIES else _STANDARDISED


def _hub_names() -> list[str]:
    models = keras_hub().models
    classes = {name: member for name, member in vars(models).items() if inspect.isclass(member)}
    return [
        name
        for name, member in classes.items()
        if issubclass(member, models.Backbone) and shape_setting(member, (1, 1, 3))
    ]
