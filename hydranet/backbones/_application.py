"""The image models of `keras.applications`: which there are, and how one is made."""

import contextlib
import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any

from hydranet.errors import ConfigError, FetchError
from hydranet.naming import unknown_name


def application_names() -> list[str]:
    """Return the names of all image models in `keras.applications`."""
    import keras

    return [
        name
        for name, member in vars(keras.applications).items()
        if inspect.isfunction(member) and "include_top" in inspect.signature(member).parameters
    ]


def find_application(name: str) -> Any:
    """Return the constructor of the `keras.applications` model called `name`.

    Raises:
        ConfigError: there is none; the message lists all.
    """
    import keras

    known = application_names()
    if name not in known:
        raise ConfigError(unknown_name("backbone", name, known))
    return getattr(keras.applications, name)


def build_application(
    name: str,
    *,
    image_size: int,
    pooling: str,
    arguments: Mapping[str, Any],
    weights: str | None = None,
) -> Any:
    """Return a new model of `keras.applications` without its classification top.

    Raises:
        ConfigError: there is no such model, or it can't be made like this.
        FetchError: its weights are not there and can't be downloaded.
    """
    constructor = find_application(name)
    try:
        with contextlib.redirect_stdout(sys.stderr):  # Keras prints the progress of a download
            return constructor(
                include_top=False,
                weights=weights,
                input_shape=(image_size, image_size, 3),
                pooling=None if pooling == "none" else pooling,
                **arguments,
            )
    except (ValueError, TypeError) as error:
        raise ConfigError(
            f"{name} can't be made with image_size={image_size} and arguments {dict(arguments)}: {error}"
        ) from error
    except Exception as error:
        # Keras raises a bare Exception when a download fails, and lets an OSError through.
        if weights is None or not (type(error) is Exception or isinstance(error, OSError)):
            raise
        raise FetchError(
            f"The {weights} weights of {name} could not be fetched ({error}). Without a "
            "network, give a local weights file (`--weights PATH`), or use `weights: bundled` or `random`."
        ) from error


def preprocessing_of(name: str) -> Callable[[Any], Any]:
    """Return the function from pictures, values in [0, 255], to the input of the model called `name`."""
    preprocess: Callable[[Any], Any] = sys.modules[find_application(name).__module__].preprocess_input
    return preprocess
