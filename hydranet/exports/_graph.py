"""A HydraNet as one functional Keras model whose outputs are scores: what a person reads, not what a loss takes."""

from typing import Any

import keras

from hydranet.model import HydraNet
from hydranet.tasks import Task


def scored(model: HydraNet) -> keras.Model:
    """Return the model from `images` to the scores of each task; trunk and tails are in it once.

    Args:
        model: its weights are shared with the result.

    Returns:
        A functional model of float32 `(batch, height, width, 3)`, values in [0, 255], to a dict of what `Task.scores`
        gives, by task name.
    """
    images = keras.Input(model.backbone.image_shape, name="images")
    return keras.Model(images, scores(model, model.features(images)))


def scores(model: HydraNet, features: Any, tasks: list[str] | None = None) -> dict[str, Any]:
    """Return the scores of `tasks`, or of all, for the trunk's features, as tensors."""
    outputs = model.heads(features, tasks)
    return {name: _scores(model.tasks[name], outputs[name]) for name in outputs}


def num_columns(task: Task) -> int:
    """Return how many scores a task gives: one for each class, or one number."""
    return 2 if _has_one_output_for_two(task) else task.num_outputs


def _scores(task: Task, outputs: Any) -> Any:
    """Return what `Task.scores` gives, computed by Keras."""
    if task.activation == "identity":
        return outputs
    if task.activation == "softmax":
        return keras.ops.softmax(outputs)
    probabilities = keras.ops.sigmoid(outputs)
    if not _has_one_output_for_two(task):
        return probabilities
    return keras.ops.concatenate([1 - probabilities, probabilities], axis=-1)


def _has_one_output_for_two(task: Task) -> bool:
    return task.activation == "sigmoid" and task.num_outputs == 1 and len(getattr(task, "classes", ())) == 2
