"""Where a network can be split: tensors through which every path from input to output passes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from hydranet.backbones._parts import narrowed
from hydranet.errors import ConfigError
from hydranet.naming import nearest_match


@dataclass(frozen=True)
class Cut:
    """A tensor that splits a network into a trunk below and a tail above.

    Args:
        layer: the name of the layer whose output it is.
        index: the place of that layer in `model.layers`, as used by `fine_tune_at`.
        shape: of the tensor, without the batch axis.
        multiply_adds_below: of the layers below, for one picture.
        share_below: the same as a share of the whole network, in [0, 1].
    """

    layer: str
    index: int
    shape: tuple[int, ...]
    multiply_adds_below: int
    share_below: float

    def num_bytes(self, dtype: str = "float32") -> int:
        """Return the size of one picture's activation at the cut when it is stored."""
        return math.prod(self.shape) * np.dtype(dtype).itemsize


def find_cuts(model: Any, features: Sequence[str] | None = None) -> list[Cut]:
    """Return every cut of a functional Keras model, from its input to its outputs.

    In any topological order a tensor is a cut exactly if, behind the operation that makes it, no other tensor
    is still waited for. Outputs are waited for to the end.

    Args:
        model: a built functional `keras.Model` with one input.
        features: the names of the outputs that count, where the model has a dict of them; all by default.

    Example:
        >>> import keras
        >>> image = keras.Input((8, 8, 3))
        >>> x = keras.layers.Conv2D(4, 3, padding="same", name="stem")(image)
        >>> x = keras.layers.Add(name="sum")([x, keras.layers.ReLU(name="branch")(x)])
        >>> [cut.layer for cut in find_cuts(keras.Model(image, x))][1:]
        ['stem', 'sum']
    """
    part = narrowed(model, features)
    layers = topological(part)
    last_use = {layer.name: position for position, layer in enumerate(layers)}
    for position, layer in enumerate(layers):
        for source in _sources(layer, part):
            last_use[source.name] = max(last_use[source.name], position)
    for output in part.outputs:
        last_use[output._keras_history.operation.name] = len(layers)
    below = list(accumulate(multiply_adds(layer) for layer in layers))
    index_of = {layer.name: index for index, layer in enumerate(model.layers)}
    cuts, waited_for_until = [], -1
    for position, layer in enumerate(layers):
        # Bare operations, such as an addition written as `x + y`, have no name to ask for, and a layer that gives
        # several tensors has none that all paths pass through.
        is_one = not isinstance(layer.output, list | tuple | dict)
        if waited_for_until <= position and layer.name in index_of and is_one:
            cuts.append(
                Cut(
                    layer=layer.name,
                    index=index_of[layer.name],
                    shape=tuple(layer.output.shape[1:]),
                    multiply_adds_below=below[position],
                    share_below=below[position] / max(below[-1], 1),
                )
            )
        waited_for_until = max(waited_for_until, last_use[layer.name])
    return cuts


def nearest_cut(cuts: list[Cut], index: int) -> Cut:
    """Return the last cut at or below the layer whose place in `model.layers` is `index`."""
    return max((cut for cut in cuts if cut.index <= index), key=lambda cut: cut.index)


def layer_index(model: Any, request: str | int) -> int:
    """Return the place in `model.layers` of a layer that is given by its name or place.

    Raises:
        ConfigError: there is no such layer.
    """
    names = [layer.name for layer in model.layers]
    if isinstance(request, str) and request not in names:
        raise ConfigError(f"The network has no layer {request!r}.{nearest_match(request, names)}")
    index = names.index(request) if isinstance(request, str) else request
    if not 0 <= index < len(names):
        raise ConfigError(f"The network has layers 0 to {len(names) - 1}: received {index}.")
    return index


def cut_at(model: Any, index: int, features: Sequence[str] | None = None) -> Cut:
    """Return the cut whose place in `model.layers` is `index`.

    Raises:
        ConfigError: there is no cut.
    """
    cuts = {cut.index: cut for cut in find_cuts(model, features)}
    if index not in cuts:
        raise ConfigError(f"{model.name} has no cut at layer {index}: expected one of {sorted(cuts)}.")
    return cuts[index]


def below(model: Any, cut: int, name: str) -> Any:
    """Return the network below the cut with this index: a Keras model over the same layers, with one output, `name`.

    Whether it is a cut depends on the features that are wanted above it, which are none of its business.
    """
    import keras

    return keras.Model(model.inputs[0], {name: model.layers[cut].output})


def above(model: Any, cut: Cut, features: Sequence[str]) -> Any:
    """Return the network above `cut` that gives `features`: a Keras model over the same layers and weights."""
    import keras

    activation = model.get_layer(cut.layer).output
    return keras.Model(activation, {name: _behind(activation, model.output[name]) for name in features})


def _behind(activation: Any, output: Any) -> Any:
    """Return `output`, which Keras wants to be made by a layer also where it is the activation itself."""
    import keras

    return keras.layers.Identity()(activation) if output is activation else output


def multiply_adds(layer: Any) -> int:
    """Return how many multiply-adds `layer` takes for one picture; convolutions and dense layers count."""
    kernels = [weight for weight in getattr(layer, "weights", ()) if "kernel" in weight.name]
    output = _first_output(layer)
    if not kernels or len(output.shape) < 2:
        return 0
    positions = math.prod(side or 1 for side in output.shape[1:-1])
    return positions * sum(math.prod(kernel.shape) for kernel in kernels)


def _first_output(layer: Any) -> Any:
    import keras

    return keras.tree.flatten(layer.output)[0]


def topological(model: Any) -> list[Any]:
    """Order the layers by depth: each behind all that it reads."""
    depths = {operation: depth for depth, group in model._operations_by_depth.items() for operation in group}
    return sorted(depths, key=lambda operation: -depths[operation])


def _sources(layer: Any, model: Any) -> list[Any]:
    members = {id(member) for member in model.operations}
    return [
        tensor._keras_history.operation
        for node in layer._inbound_nodes
        for tensor in node.input_tensors
        if id(tensor._keras_history.operation) in members
    ]
