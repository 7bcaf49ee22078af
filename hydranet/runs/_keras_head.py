"""Between heads as Keras layers and heads as files."""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from hydranet.errors import ModelError
from hydranet.runs._head_file import HeadFile

if TYPE_CHECKING:
    from hydranet.model import HydraNet


def describe_head(model: "HydraNet", task: str) -> list[dict[str, Any]] | None:
    """Return the layers of the head of `task` in inference mode as data, or None where only Keras can run it."""
    if not all(map(_is_plain, model.head(task).layers)):
        return None
    return model.tasks[task].dense_layers(model.feature_shape(task))


def head_to_file(model: "HydraNet", task: str) -> HeadFile:
    """Return the head of `task` alone, with what it must stand on."""
    head, record = model.head(task), model.records.get(task)
    feature = model.place(task).feature
    fingerprint = record["fingerprint"] if record else model.feature_network(task).fingerprint(feature)
    return HeadFile(
        task=dataclasses.replace(model.tasks[task], data=None),
        fingerprint=fingerprint,
        feature_shape=model.feature_shape(task),
        weights=tuple(np.asarray(weight) for weight in head.get_weights()),
        layers=describe_head(model, task),
        record=record,
    )


def head_from_file(file: HeadFile) -> Any:
    """Return the head as Keras layers.

    Raises:
        ConfigError: it has a layer that is not registered.
        ModelError: its weights do not fit its task, which may declare far larger ones.
    """
    from hydranet.model import allowed_bytes, variables_within

    allowed = allowed_bytes(sum(weight.nbytes for weight in file.weights))
    with variables_within(allowed, f"The head {file.task.name!r}"):
        head = file.task.build_head(file.feature_shape)
    try:
        head.set_weights(list(file.weights))
    except ValueError as error:
        raise ModelError(f"The weights of the head {file.task.name!r} do not fit it: {error}") from error
    return head


def compile_head(head: Any, feature_shape: tuple[int, ...]) -> Callable[[np.ndarray], np.ndarray]:
    """Return a head of any layers as a function from features to outputs."""
    import tensorflow as tf

    signature = [tf.TensorSpec((None, *feature_shape), tf.float32)]
    run = tf.function(
        lambda features: head(features, training=False), input_signature=signature, autograph=False
    )
    return lambda features: run(tf.constant(features, tf.float32)).numpy()  # type: ignore[no-any-return]


def _is_plain(layer: Any) -> bool:
    """Tell whether a layer computes in float32, as NumPy does."""
    return layer.compute_dtype == "float32" and getattr(layer, "quantization_mode", None) is None
