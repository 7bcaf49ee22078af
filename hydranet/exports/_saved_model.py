"""A HydraNet as a TensorFlow SavedModel with a signature for whatever may be asked of it."""

from collections import Counter
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from hydranet.errors import ConfigError
from hydranet.exports._decode import decode_pictures
from hydranet.exports._graph import scores
from hydranet.model import HydraNet


def write_saved_model(model: HydraNet, folder: Path) -> None:
    """Write a SavedModel; see `export` for its signatures."""
    shape = model.backbone.image_shape
    images = tf.TensorSpec((None, *shape), tf.float32, name="images")
    image_bytes = tf.TensorSpec((None,), tf.string, name="image_bytes")
    archive = keras.export.ExportArchive()
    archive.track(model)
    # Functions of their own, so that what the signatures have in common is traced and stored once.
    trunk = tf.function(model.features, input_signature=[images], autograph=False)
    decode = tf.function(
        lambda contents: decode_pictures(contents, shape[:2]), input_signature=[image_bytes], autograph=False
    )

    def answer(tasks: list[str] | None, images: Any) -> Any:
        return scores(model, trunk(images), tasks)

    def answer_bytes(tasks: list[str] | None, image_bytes: Any) -> Any:
        return answer(tasks, decode(image_bytes))

    def features(images: Any) -> Any:
        return {"features": trunk(images)}

    archive.add_endpoint("serving_default", partial(answer, None), [images])
    archive.add_endpoint("from_bytes", partial(answer_bytes, None), [image_bytes])
    archive.add_endpoint("features", features, [images])
    for name in model.tasks:
        archive.add_endpoint(name, partial(answer, [name]), [images])
        archive.add_endpoint(f"{name}_from_bytes", partial(answer_bytes, [name]), [image_bytes])
    archive.write_out(folder, verbose=False)


def check_signature_names(tasks: Iterable[str]) -> None:
    """Raise ConfigError if two signatures would have the same name.

    Args:
        tasks: their names.
    """
    names = ["serving_default", "from_bytes", "features"]
    names += [name for task in tasks for name in (task, f"{task}_from_bytes")]
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise ConfigError(f"The name of a task is also that of a signature: rename {', '.join(repeated)}.")
