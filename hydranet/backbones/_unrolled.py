"""Transformers block by block: encoders that hold all blocks in one layer are called as their blocks, one by one.

The layers and their weights stay the same, and so does what they compute; but between two blocks there is a tensor, at
which the network can be cut.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

# What an encoder calls, one after the other, by the name of its class in KerasHub.
_ENCODERS: Mapping[str, Callable[[Any], list[Any]]] = {
    "ViTEncoder": lambda encoder: [encoder.dropout, *encoder.encoder_layers, encoder.layer_norm],
    "DINOV2Encoder": lambda encoder: list(encoder.layers),
}


def unrolled(output: Any) -> Any:
    """Return the same output of a model, made by the blocks of its encoders themselves.

    The model that it came from can't be used any more; a new one over the same layers can. Encoders that are not
    known stay one layer, and so do all in a model that is no chain of layers.

    Args:
        output: of a functional Keras model with one input.
    """
    layers: list[Any] = []
    tensor = output
    while sources := _sources(tensor):
        operation = tensor._keras_history.operation
        blocks = _ENCODERS.get(type(operation).__name__)
        if len(sources) > 1 or not (blocks or _gives_one_tensor(operation)):
            return output
        layers = [*(blocks(operation) if blocks else [operation]), *layers]
        [tensor] = sources
    for layer in layers:
        layer._inbound_nodes.clear()  # Keras takes what a layer's first call gave for its output
        if type(layer).__name__ == "SigLIPVisionEmbedding":
            # It promises one token more than it gives.
            layer.compute_output_shape = partial(_one_token_a_position, layer)
        tensor = layer(tensor)
    return tensor


def save_as_they_are(network: Any) -> None:
    """Let all layers save and load what they hold.

    DINOv2's first layer would save position embeddings resized to another picture size, so that a trained one would
    come back changed.
    """
    import keras

    for layer in network.layers:
        if type(layer).__name__ == "DINOV2Embedding":
            layer.save_own_variables = partial(keras.layers.Layer.save_own_variables, layer)
            layer.load_own_variables = partial(keras.layers.Layer.load_own_variables, layer)


def _sources(tensor: Any) -> list[Any]:
    operation, node, _ = tensor._keras_history
    return operation._inbound_nodes[node].input_tensors


def _gives_one_tensor(operation: Any) -> bool:
    import keras

    return isinstance(operation, keras.layers.Layer) and isinstance(operation.output, keras.KerasTensor)


def _one_token_a_position(embedding: Any, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
    return input_shape[0], embedding.num_positions, embedding.hidden_dim
