"""What ImageNet's classes are called."""

import contextlib
import sys

import numpy as np

from hydranet.errors import FetchError

_NUM_CLASSES = 1000


def imagenet_class_names() -> list[str]:
    """Return the names of ImageNet's 1,000 classes in the order of their indices; see `Backbone.imagenet_classes`.

    Raises:
        FetchError: they are not in Keras's cache, and can't be downloaded.
    """
    import keras

    falling = -np.arange(_NUM_CLASSES, dtype=np.float32)[None]
    try:
        with contextlib.redirect_stdout(sys.stderr):  # Keras prints the progress of a download
            [named] = keras.applications.imagenet_utils.decode_predictions(falling, _NUM_CLASSES)
    except Exception as error:
        # Keras raises a bare Exception when a download fails, and lets an OSError through.
        if not (type(error) is Exception or isinstance(error, OSError)):
            raise
        raise FetchError(
            f"The names of ImageNet's classes could not be fetched ({error}). Without a network, give them as a file, "
            "`classes: PATH` with one name a line, or call them by their index: `classes: numbers`."
        ) from error
    return [name for _, name, _ in named]
