"""A HydraNet as one functional Keras model whose outputs are scores: what a person reads, not what a loss takes."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

    from hydranet.model import HydraNet


def scored(model: "HydraNet") -> "keras.Model":
    """Return the model from `images` to the scores of each task; trunk and tails are in it once.

    Args:
        model: its weights are shared with the result.

    Returns:
        A functional model of float32 `(batch, *example_shape, height, width, 3)`, values in [0, 255], to a dict of
        what `Task.scores` gives, by task name.
    """
    import keras

    images = keras.Input(model.trunk.images_shape, name="images")
    return keras.Model(images, scores(model, model.features(images)))


def scores(model: "HydraNet", features: Any, tasks: list[str] | None = None) -> dict[str, Any]:
    """Return the scores of `tasks`, or of all, for the trunk's features, as tensors."""
    outputs = model.heads(features, tasks)
    return {name: model.tasks[name].score_tensors(outputs[name]) for name in outputs}
