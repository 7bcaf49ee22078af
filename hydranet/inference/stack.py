"""Many heads at the cost of few: all linear heads on the same features as one matrix product."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from hydranet.model.hydranet import HydraNet
from hydranet.model.inference import compile_network

# How many selections of tasks have their kernels kept, each as large as the heads themselves.
_KEPT_SELECTIONS = 4
# For a single row or column other algorithms run, which add up in another order.
_FEWEST_ROWS = _FEWEST_COLUMNS = 2

_Heads = Callable[[np.ndarray], dict[str, np.ndarray]]


class StackedHeads:
    """The outputs of a model's heads for features that are known, as `HydraNet.heads` gives them, but fast.

    Called one by one, each linear head costs the overhead of a Keras call; here all of them are one matrix
    product, and every other head is a compiled function. Only the wanted heads are computed. A head's outputs
    equal those of `HydraNet.heads` but for rounding, and do not depend on which other heads are wanted, nor on
    how many rows come with a row; only above a tail is a row that comes alone computed faster, and equal but for
    rounding. Each tail that is needed runs once.

    Args:
        model: its tails and heads; later changes of their weights are not seen.
        batch_size: rows in one pass through a tail.

    Call arguments:
        features: float32 `(batch, *backbone.feature_shape)`.
        tasks: names of the tasks wanted; all by default.

    Returns:
        dict of raw outputs: float32 `(batch, num_outputs)` by task name.

    Raises:
        ConfigError: an unknown task.

    Example:
        >>> import numpy as np
        >>> from hydranet import Backbone, HydraNet, SingleLabel
        >>> backbone = Backbone("MobileNetV2", image_size=32, arguments={"alpha": 0.35})
        >>> tasks = [SingleLabel(name=f"task_{i}", classes=("a", "b", "c")) for i in range(3)]
        >>> heads = StackedHeads(HydraNet(backbone, tasks))
        >>> outputs = heads(np.zeros((2, 1280), "float32"), ["task_2", "task_0"])
        >>> {name: output.shape for name, output in outputs.items()}
        {'task_2': (2, 3), 'task_0': (2, 3)}
    """

    def __init__(self, model: HydraNet, *, batch_size: int = 32) -> None:
        self._model = model
        self._batch_size = batch_size
        self._tail_groups = model.tail_groups
        self._selection = lru_cache(_KEPT_SELECTIONS)(self._select)
        self._compiled = lru_cache(None)(self._compile)
        self._compiled_tail = lru_cache(None)(self._compile_tail)

    def __call__(self, features: np.ndarray, tasks: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        """Return the outputs of the heads of `tasks`, or of all; see the class."""
        names = tuple(self._model.tasks if tasks is None else tasks)
        outputs: dict[str, np.ndarray] = {}
        for group, heads in self._selection(names).items():
            topped = features if group is None else self._run_tail(group, features)
            for run in heads:
                outputs |= run(topped)
        return {name: outputs[name] for name in names}

    def _select(self, names: tuple[str, ...]) -> dict[str | None, list[_Heads]]:
        """Return what computes the heads of each tail group: one function for all that stack, one for each other."""
        selected: dict[str | None, list[_Heads]] = {}
        stacks: dict[tuple[Any, ...], dict[str, _LinearHead]] = {}
        for name in dict.fromkeys(names):
            group = self._tail_groups.get(name)
            heads = selected.setdefault(group, [])
            linear = _as_linear(self._model.head(name))
            if linear is None:
                heads.append(self._compiled(name))
            else:
                stacks.setdefault((group, *map(type, linear.below)), {})[name] = linear
        for (group, *_), stacked in stacks.items():
            selected[group].append(_stack(stacked))
        return selected

    def _run_tail(self, group: str, features: np.ndarray) -> np.ndarray:
        # One row is the common case and deserves a pass of its own size.
        size = 1 if len(features) == 1 else self._batch_size
        run = self._compiled_tail(group, size)
        starts = range(0, max(len(features), 1), size)  # one pass even of no rows, for the shape
        return np.concatenate([run(features[start : start + size]) for start in starts])

    def _compile_tail(self, group: str, size: int) -> Callable[[np.ndarray], np.ndarray]:
        tail = self._model.tails[group]
        return compile_network(tail, tail.activation_shape, size)

    def _compile(self, name: str) -> _Heads:
        head = self._model.head(name)
        shape = self._model.feature_network(name).feature_shape
        signature = [tf.TensorSpec((None, *shape), tf.float32)]
        run = tf.function(
            lambda features: head(features, training=False), input_signature=signature, autograph=False
        )
        return lambda features: {name: run(_padded(features)).numpy()[: len(features)]}


class _LinearHead(NamedTuple):
    """A head that is a matrix product, between layers that make a vector of the features and a rescaling."""

    below: tuple[Any, ...]
    dense: Any
    rescaling: Any = None

    @property
    def is_plain(self) -> bool:
        """Whether the product is all that its dense layer does."""
        reduces = {keras.layers.GlobalAveragePooling2D, keras.layers.Flatten}
        return (
            {type(layer) for layer in self.below} <= reduces
            and self.dense.activation is keras.activations.linear
            and self.dense.quantization_mode is None
            and self.dense.compute_dtype == "float32"
        )


def _as_linear(head: Any) -> _LinearHead | None:
    """Return a head as a matrix product, if it is one in inference mode."""
    layers = head.layers if isinstance(head, keras.Sequential) else []
    match [layer for layer in layers if not isinstance(layer, keras.layers.Dropout)]:
        case [*below, keras.layers.Dense() as dense]:
            linear = _LinearHead(tuple(below), dense)
        case [*below, keras.layers.Dense() as dense, keras.layers.Rescaling() as rescaling]:
            linear = _LinearHead(tuple(below), dense, rescaling)
        case _:
            return None
    return linear if linear.is_plain else None


def _stack(heads: Mapping[str, _LinearHead]) -> _Heads:
    """Return one function for heads with the same layers below their dense ones."""
    below = next(iter(heads.values())).below
    kernels = [np.asarray(head.dense.kernel) for head in heads.values()]
    ends = np.cumsum([kernel.shape[1] for kernel in kernels]).tolist()
    columns = {name: slice(start, end) for name, start, end in zip(heads, [0, *ends], ends, strict=False)}
    filling = np.zeros((len(kernels[0]), max(_FEWEST_COLUMNS - ends[-1], 0)), np.float32)
    kernel = tf.constant(np.concatenate([*kernels, filling], axis=1))
    bias, offset = np.zeros(ends[-1], np.float32), np.zeros(ends[-1], np.float32)
    scale = np.ones(ends[-1], np.float32)
    for name, head in heads.items():
        if head.dense.bias is not None:
            bias[columns[name]] = head.dense.bias
        if head.rescaling is not None:
            scale[columns[name]], offset[columns[name]] = head.rescaling.scale, head.rescaling.offset

    def run(features: np.ndarray) -> dict[str, np.ndarray]:
        for layer in below:
            features = np.asarray(layer(features))
        # The raw operation: a compiled function would take longer to call than a few heads take to compute.
        product = tf.raw_ops.MatMul(a=_padded(features), b=kernel).numpy()
        outputs = (product[: len(features), : len(bias)] + bias) * scale + offset
        return {name: outputs[:, place] for name, place in columns.items()}

    return run


def _padded(features: np.ndarray) -> Any:
    return tf.constant(np.repeat(features, _FEWEST_ROWS, axis=0) if len(features) == 1 else features)
