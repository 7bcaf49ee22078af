"""A model of models as one network of layers, so that it can be cut anywhere."""

from typing import Any


def flattened(model: Any, shape: tuple[int, ...]) -> Any:
    """Return a copy of a model, weights included, which has the layers of the models within it as its own.

    Whether a layer ran in training or inference mode where the model was made is left to the call.

    Args:
        model: of one input; functional, or a sequence of layers and such models.
        shape: of one input, without the batch axis.

    Raises:
        ValueError: a layer can't work on this shape, or two layers have one name.

    Example:
        >>> import keras
        >>> base = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3)])
        >>> model = keras.Sequential([keras.Input((8, 8, 3)), base, keras.layers.GlobalAveragePooling2D()])
        >>> [type(layer).__name__ for layer in flattened(model, (8, 8, 3)).layers]
        ['InputLayer', 'Conv2D', 'GlobalAveragePooling2D']
    """
    import keras

    images = keras.Input(shape)
    flat = keras.Model(images, _through(model, images), name=model.name)
    # Its layers stand in two models now; those of the copy have one input and one output, which can be asked for.
    copy = keras.models.clone_model(flat)
    copy.set_weights(flat.get_weights())
    return copy


def _through(model: Any, tensor: Any) -> Any:
    """Return what a model gives for a tensor, layer by layer."""
    import keras

    if isinstance(model, keras.Sequential):
        for layer in model.layers:
            tensor = _call(layer, tensor)
        return tensor
    return model._run_through_graph(
        tensor, operation_fn=lambda layer: lambda *args, **kwargs: _call(layer, *args, **kwargs)
    )


def _call(layer: Any, *args: Any, **kwargs: Any) -> Any:
    import keras

    kwargs.pop("training", None)
    is_functional = isinstance(layer, keras.Sequential) or hasattr(layer, "_run_through_graph")
    return _through(layer, *args) if is_functional and len(args) == 1 else layer(*args, **kwargs)
