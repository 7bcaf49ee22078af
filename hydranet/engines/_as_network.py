"""A Keras layer as a network with named input and outputs, and such a network as a graph."""

from collections.abc import Callable
from typing import Any


def as_network(
    layer: Callable[[Any], Any],
    input_shape: tuple[int, ...],
    *,
    input_name: str,
    output_name: str = "features",
) -> Any:
    """Return a layer as a functional Keras model with named input and outputs, as engines convert it.

    Args:
        layer: a Keras layer or a function made of some.
        input_shape: of one row.
        input_name: of the model's input.
        output_name: of its output, where the layer does not give a dict.
    """
    import keras

    inputs = keras.Input(input_shape, name=input_name)
    outputs = layer(inputs)
    return keras.Model(inputs, outputs if isinstance(outputs, dict) else {output_name: outputs})


def constant_function(network: Any) -> Any:
    """Return a network as a `tf.function` of its input, its weights built in, so that BatchNorm can be folded.

    Args:
        network: a functional Keras model with one input and a dict of outputs.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    [tensor] = network.inputs
    signature = tf.TensorSpec((None, *tensor.shape[1:]), tf.float32, name=tensor.name)
    traced = tf.function(
        lambda inputs: network(inputs, training=False), input_signature=[signature], autograph=False
    ).get_concrete_function()
    constant = convert_variables_to_constants_v2(traced)
    names = sorted(traced.structured_outputs)  # TensorFlow flattens a dict in this order
    return tf.function(
        lambda inputs: dict(zip(names, constant(inputs), strict=True)),
        input_signature=[signature],
        autograph=False,
    )
