"""A graph of TensorFlow as one layer of Keras: its operations are data in the layer's config, its constants weights."""

import base64
from typing import Any, NamedTuple, Self

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from hydranet.backbones._graph_ops import check_operations
from hydranet.errors import ModelError

# Constants of fewer values, such as shapes and axes, stay in the graph: others have to be known to build it.
_FEWEST_VALUES = 8


class Frozen(NamedTuple):
    """A function without state.

    Args:
        graph: a GraphDef, in which a placeholder stands for each of `constants`.
        input: the name of the tensor of pictures.
        output: the name of the tensor that it gives.
        names: of the placeholders.
        constants: their values.
    """

    graph: Any
    input: str
    output: str
    names: tuple[str, ...]
    constants: list[np.ndarray]


def freeze(function: Any, image_shape: tuple[int, ...], what: str) -> Frozen:
    """Return a function from float32 `(batch, height, width, 3)` to one tensor, with its variables as constants.

    Raises:
        ModelError: it does more than compute; see `check_operations`.
    """
    signature = tf.TensorSpec((None, *image_shape), tf.float32, name="images")
    traced = tf.function(function, input_signature=[signature], autograph=False).get_concrete_function()
    frozen = convert_variables_to_constants_v2(traced)
    check_operations(frozen.graph.as_graph_def(), what)
    [given], [output] = frozen.inputs, frozen.outputs
    graph, names_now = _in_order(frozen.graph.as_graph_def(), given.op.name, output.op.name)
    names, constants = [], []
    for node in graph.node:
        if node.op != "Const":
            continue
        value = tf.make_ndarray(node.attr["value"].tensor)
        if value.dtype.kind == "f" and value.size >= _FEWEST_VALUES:
            names.append(node.name)
            constants.append(value)
            dtype = node.attr["dtype"].type
            node.op = "Placeholder"
            node.ClearField("attr")
            node.attr["dtype"].type = dtype
            node.attr["shape"].shape.CopyFrom(tf.TensorShape(value.shape).as_proto())
    tensors = [f"{names_now[each.op.name]}:{each.value_index}" for each in (given, output)]
    return Frozen(graph, tensors[0], tensors[1], tuple(names), constants)


def _in_order(graph: Any, given: str, output: str) -> tuple[Any, dict[str, str]]:
    """Return what a graph needs to make its output, in one order and with names that do not depend on how it was read.

    Returns:
        the graph, and the new names of its nodes by the old ones.
    """
    nodes = {node.name: node for node in graph.node}
    names: dict[str, str] = {}
    waiting = [given, output]
    while waiting:  # from the output down, each node behind all that it reads
        name = waiting[-1]
        missing = [each for each in map(_node_of, nodes[name].input) if each not in names]
        if missing and name not in names:
            waiting += reversed(missing)
            continue
        names.setdefault(waiting.pop(), f"node_{len(names)}")
    ordered = tf.compat.v1.GraphDef(versions=graph.versions)
    for old, new in names.items():
        node = ordered.node.add()
        node.CopyFrom(nodes[old])
        node.name = new
        node.ClearField("device")
        node.ClearField("experimental_debug_info")
        for key in [key for key in node.attr if key.startswith("_")]:
            del node.attr[key]
        node.input[:] = [_renamed(each, names) for each in node.input]
    return ordered, names


def _node_of(tensor: str) -> str:
    return tensor.removeprefix("^").partition(":")[0]


def _renamed(tensor: str, names: dict[str, str]) -> str:
    control, _, place = "^" * tensor.startswith("^"), *tensor.partition(":")[1:]
    return f"{control}{names[_node_of(tensor)]}" + (f":{place}" if place else "")


@keras.saving.register_keras_serializable("hydranet")
class FrozenGraph(keras.layers.Layer):
    """Runs a graph that `freeze` has taken from elsewhere, always as it is in inference.

    Args:
        graph: the bytes of the GraphDef in base 64.
        given: the name of the tensor of pictures.
        output: the name of the tensor that it gives.
        constants: by the name of its placeholder, shape and dtype of each constant.

    Raises:
        ModelError: it is damaged, or does more than compute.
    """

    def __init__(self, graph: str, given: str, output: str, constants: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**{"trainable": False, **kwargs})
        self.graph, self.given, self.output_name, self.constants = graph, given, output, dict(constants)
        definition = _parse(graph)
        check_operations(definition, "The backbone")
        self._values = [
            self.add_weight(shape=tuple(shape), dtype=dtype, name=f"constant_{number}", trainable=False)
            for number, (shape, dtype) in enumerate(self.constants.values())
        ]
        self.built = True
        self._function = tf.compat.v1.wrap_function(
            lambda: tf.graph_util.import_graph_def(definition, name=""), []
        ).prune([given, *(f"{name}:0" for name in self.constants)], output)

    @classmethod
    def of(cls, frozen: Frozen) -> Self:
        """Return the layer of a function, with its constants."""
        text = base64.b64encode(frozen.graph.SerializeToString(deterministic=True)).decode()
        shapes = {
            name: [list(value.shape), value.dtype.name]
            for name, value in zip(frozen.names, frozen.constants, strict=True)
        }
        layer = cls(text, frozen.input, frozen.output, shapes)
        layer.set_weights(frozen.constants)
        return layer

    def call(self, images: Any) -> Any:
        """Return what the graph gives for float32 `(batch, height, width, 3)`."""
        return self._function(images, *(tf.convert_to_tensor(value.value) for value in self._values))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; the constants are saved as weights."""
        return {
            **super().get_config(),
            "graph": self.graph,
            "given": self.given,
            "output": self.output_name,
            "constants": self.constants,
        }


def _parse(graph: str) -> Any:
    try:
        return tf.compat.v1.GraphDef.FromString(base64.b64decode(graph, validate=True))
    except Exception as error:  # of two libraries
        raise ModelError(f"The graph of the backbone is damaged: {error}") from error
