"""Many heads at the cost of few: the first layers of all dense heads as one matrix product."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from itertools import pairwise

import numpy as np

from hydranet.engines import available_cores
from hydranet.errors import ConfigError
from hydranet.heads import DenseHead, DenseLayer, reduce_features
from hydranet.naming import unknown_name

Head = DenseHead | Callable[[np.ndarray], np.ndarray]

# Below this many multiply-adds OpenBLAS takes other kernels, which add up in another order
# (`sgemm_small_matrix_permit`): a product is padded to it, so that a head's outputs never depend on its size.
_FEWEST_MULTIPLY_ADDS = 2**20
_FEWEST_ROWS = 8
# From this many on, the cores share a product.
_FEWEST_SHARED_MULTIPLY_ADDS = 2**26


class StackedHeads:
    """The outputs of heads that stand on the same features, computed by NumPy in as few products as there can be.

    All first layers are one matrix product; deeper layers run in groups of equal shape; a head that is not made of
    dense layers is called by itself. Only the wanted heads are computed. A head's outputs do not depend on which
    other heads there are or are wanted, to the bit; nor on how many rows come with a row, to the bit for a head of
    one layer and but for rounding for others. The heads are held once: those in `heads` are views of the stacks.

    Args:
        heads: by task name: `DenseHead`, or a function from features to outputs `(batch, num_outputs)`.

    Call arguments:
        features: float32 `(batch, *feature_shape)`.
        tasks: names of the tasks wanted; all by default.

    Returns:
        dict of raw outputs: float32 `(batch, num_outputs)` by task name.

    Raises:
        ConfigError: an unknown task.

    Example:
        >>> from hydranet.heads._dense import build_dense_head
        >>> description = [{"kind": "dense", "activation": "linear", "use_bias": False}]
        >>> head = build_dense_head(description, [np.ones((5, 3), "float32")])
        >>> heads = StackedHeads({f"task_{i}": head for i in range(3)})
        >>> outputs = heads(np.zeros((2, 5), "float32"), ["task_2", "task_0"])
        >>> {name: output.shape for name, output in outputs.items()}
        {'task_2': (2, 3), 'task_0': (2, 3)}
    """

    def __init__(self, heads: Mapping[str, Head]) -> None:
        dense = {name: head for name, head in heads.items() if isinstance(head, DenseHead)}
        self._functions = {name: head for name, head in heads.items() if not isinstance(head, DenseHead)}
        self._names = tuple(heads)
        self._reductions = {name: head.reduction for name, head in dense.items()}
        self._first = {
            reduction: _FirstLayers(
                {name: head.layers[0] for name, head in dense.items() if head.reduction == reduction}
            )
            for reduction in dict.fromkeys(self._reductions.values())
        }
        self._deeper = [
            _DeeperLayers({name: head.layers[1:] for name, head in dense.items() if head.shape == shape})
            for shape in dict.fromkeys(head.shape for head in dense.values() if len(head.layers) > 1)
        ]

    @property
    def heads(self) -> dict[str, Head]:
        """The heads by task name."""
        return {name: self._functions.get(name) or self._dense(name) for name in self._names}

    def __call__(self, features: np.ndarray, tasks: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        """Return the outputs of the heads of `tasks`, or of all; see the class."""
        names = tuple(dict.fromkeys(self._names if tasks is None else tasks))
        padded = _with_rows(features, _FEWEST_ROWS)
        outputs = self._dense_outputs(padded, names)
        for name in names:
            if name in self._functions:
                # Rows of vectors cost little; of a window of pictures or a map, eight would cost eight times as much.
                outputs[name] = self._functions[name](padded if features.ndim == 2 else features)
            elif name not in outputs:
                raise ConfigError(unknown_name("task", name, self._names))
        return {name: outputs[name][: len(features)] for name in names}

    def _dense_outputs(self, features: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
        outputs: dict[str, np.ndarray] = {}
        for reduction, first in self._first.items():
            if wanted := [name for name in names if self._reductions.get(name) == reduction]:
                outputs |= first(reduce_features(features, reduction), wanted)
        for deeper in self._deeper:
            if wanted := [name for name in names if name in deeper]:
                outputs |= deeper({name: outputs[name] for name in wanted})
        return outputs

    def _dense(self, name: str) -> DenseHead:
        reduction = self._reductions[name]
        deeper = [group[name] for group in self._deeper if name in group]
        return DenseHead(reduction, (self._first[reduction][name], *(deeper[0] if deeper else ())))


class _FirstLayers:
    """The layers that stand on the features themselves, as one matrix product."""

    def __init__(self, layers: Mapping[str, DenseLayer]) -> None:
        self._columns = _columns(layers)
        self._whole = _side_by_side(layers.values())

    def __getitem__(self, name: str) -> DenseLayer:
        return DenseLayer(*(part[self._columns[name]] for part in self._whole))

    def __call__(self, features: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
        num_wanted = sum(self._columns[name].stop - self._columns[name].start for name in names)
        if 2 * num_wanted > len(self._whole.kernel):
            outputs, columns = _product(features, self._whole), self._columns
        else:  # copying the wanted kernels costs less than computing the others
            wanted = {name: self[name] for name in names}
            outputs, columns = _product(features, _side_by_side(wanted.values())), _columns(wanted)
        return {name: outputs[:, columns[name]] for name in names}


class _DeeperLayers:
    """The further layers of heads of equal shape, as one product of stacked matrices for each depth."""

    def __init__(self, layers: Mapping[str, Sequence[DenseLayer]]) -> None:
        self._places = {name: place for place, name in enumerate(layers)}
        depths = zip(*layers.values(), strict=True)
        self._stacks = [DenseLayer(*map(np.stack, zip(*depth, strict=True))) for depth in depths]

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def __getitem__(self, name: str) -> tuple[DenseLayer, ...]:
        return tuple(DenseLayer(*(part[self._places[name]] for part in stack)) for stack in self._stacks)

    def __call__(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        places = [self._places[name] for name in inputs]
        outputs = np.stack(list(inputs.values()))
        for stack in self._stacks:
            kernel, *parts = stack if len(places) == len(self._places) else [part[places] for part in stack]
            layer = DenseLayer(kernel, *(part[:, None] for part in parts))
            outputs = layer.finish(outputs @ layer.kernel.transpose(0, 2, 1))
        return dict(zip(inputs, outputs, strict=True))


def _columns(layers: Mapping[str, DenseLayer]) -> dict[str, slice]:
    ends = np.cumsum([0, *(len(layer.kernel) for layer in layers.values())]).tolist()
    return {name: slice(*place) for name, place in zip(layers, pairwise(ends), strict=True)}


def _side_by_side(layers: Iterable[DenseLayer]) -> DenseLayer:
    return DenseLayer(*map(np.concatenate, zip(*layers, strict=True)))


def _product(features: np.ndarray, layer: DenseLayer) -> np.ndarray:
    kernel = _with_rows(layer.kernel, -(-_FEWEST_MULTIPLY_ADDS // (_FEWEST_ROWS * features.shape[1])))
    if len(features) * kernel.size < _FEWEST_SHARED_MULTIPLY_ADDS:
        product = features @ kernel.T
    else:
        size = -(-len(kernel) // available_cores())
        parts = [kernel[start : start + size] for start in range(0, len(kernel), size)]
        product = np.concatenate(list(_threads().map(partial(_quiet_product, features), parts)), axis=1)
    return layer.finish(product[:, : len(layer.kernel)])


def _quiet_product(features: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):  # which a thread does not take over from its caller
        return features @ kernel.T


@lru_cache
def _threads() -> ThreadPoolExecutor:
    """Threads for large products, which sleep afterwards; those of BLAS would spin, see `one_thread.py`."""
    return ThreadPoolExecutor(available_cores(), thread_name_prefix="heads")


def _with_rows(array: np.ndarray, fewest: int) -> np.ndarray:
    missing = fewest - len(array)
    return np.pad(array, ((0, missing), *[(0, 0)] * (array.ndim - 1))) if missing > 0 else array
