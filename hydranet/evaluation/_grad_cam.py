"""Where in a picture a head finds the evidence for its answer: a heat map from one gradient, without training."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hydranet.backbones import preprocessing_of
from hydranet.errors import ModelError
from hydranet.evaluation._map_grid import MapGrid
from hydranet.tasks import Task

if TYPE_CHECKING:
    from hydranet.model import HydraNet

_BATCH_SIZE = 32

_Function = Callable[[Any], Any]


@dataclass(frozen=True)
class _Halves:
    """A network divided at its last feature map.

    Args:
        shape: height and width of the map.
        grid: where its positions look.
        below: from its input to the map.
        above: from the map to its output.
    """

    shape: tuple[int, ...]
    grid: MapGrid
    below: _Function
    above: _Function


class GradCam:
    """Gradient-weighted class activation mapping of a model's heads (Selvaraju et al. 2017, arXiv:1610.02391).

    The activations of the last feature map, weighted by how much the mean of each channel moves an output, are
    summed, what speaks for the output is kept, and moved to where the map looks. Pictures pass the backbone once,
    and each tail once, whatever is asked of them; gradients go back no further than to that map.

    The map is coarse, and each position sees much of the picture: it says roughly where the evidence lies, and is no
    outline of the object.

    Args:
        model: its weights are read at every call.

    Attributes:
        available: the tasks that heat maps can be made for. Those whose features come from no map of several
            positions are missing, such as all tasks of a backbone that makes tokens of its pictures.

    Example:
        >>> import numpy as np
        >>> from hydranet import Backbone, HydraNet, SingleLabel
        >>> backbone = Backbone("MobileNetV2", image_size=96, arguments={"alpha": 0.35})
        >>> grad_cam = GradCam(HydraNet(backbone, [SingleLabel(name="cats_dogs", classes=("cat", "dog"))]))
        >>> maps = grad_cam(np.zeros((2, 96, 96, 3), np.float32), {"cats_dogs": np.array([0, 1])})
        >>> maps["cats_dogs"].shape
        (2, 3, 3)
    """

    def __init__(self, model: "HydraNet") -> None:
        self._model = model
        self.available: tuple[str, ...] = ()
        trunk = _halves(model.backbone.network, MapGrid())
        if trunk is None:
            return
        preprocess = preprocessing_of(model.backbone.architecture)
        self._trunk_map = _compiled(
            lambda images: trunk.below(preprocess(images)), model.backbone.image_shape
        )
        self._above_trunk: dict[str | None, _Halves] = {
            group: _above(trunk, tail.network) for group, tail in model.tails.items()
        }
        self._above_trunk[None] = dataclasses.replace(trunk, below=_unchanged)
        self.available = tuple(model.tasks)

    def __call__(self, images: np.ndarray, tasks: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return where the evidence for one answer of each task lies in each picture.

        Args:
            images: float32 `(num_images, height, width, 3)`, values in [0, 255].
            tasks: for each task the answer that is asked about: int `(num_images,)`, columns of what `task.scores`
                gives. What speaks for a column is `task.evidence`.

        Returns:
            float32 `(num_images, map_height, map_width)` by task, values in [0, 1]: 1 is where most evidence lies
            in this picture; all 0 where nothing speaks for the answer.

        Raises:
            ConfigError: there is no such task.
            ModelError: no heat map can be made for a task; see `available`.
        """
        directions = {name: _directions(self._known(name), columns) for name, columns in tasks.items()}
        halves = {name: self._above_trunk[self._model.tail_groups.get(name)] for name in tasks}
        heat = {name: np.zeros((len(images), *half.shape), np.float32) for name, half in halves.items()}
        for start in range(0, len(images), _BATCH_SIZE):
            rows = slice(start, start + _BATCH_SIZE)
            part = self._batch(images[rows], {name: each[rows] for name, each in directions.items()})
            for name in tasks:
                heat[name][rows] = part[name]
        return heat

    def _batch(self, images: np.ndarray, directions: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        import tensorflow as tf

        trunk_map = self._trunk_map(tf.constant(images, tf.float32))
        groups = {name: self._model.tail_groups.get(name) for name in directions}
        maps = {group: self._above_trunk[group].below(trunk_map) for group in dict.fromkeys(groups.values())}
        heat = {}
        for name, group in groups.items():
            half, head = self._above_trunk[group], self._model.head(name)
            task = self._model.tasks[name]

            def evidence(activations: Any, half: _Halves = half, head: Any = head, task: Task = task) -> Any:
                return task.evidence(head(half.above(activations), training=False))

            raw = _heat(maps[group], evidence, directions[name])
            heat[name] = _scaled(half.grid.align(raw, images.shape[1]))
        return heat

    def _known(self, name: str) -> Task:
        self._model.head(name)  # raises where there is none
        if name not in self.available:
            raise ModelError(
                f"No heat map for {name!r}: {self._model.backbone.architecture} has no feature map of several "
                f"positions before its output, at pictures of {self._model.backbone.image_size} pixels."
            )
        return self._model.tasks[name]


def _heat(activations: Any, evidence: _Function, direction: np.ndarray) -> np.ndarray:
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(activations)
        total = tf.reduce_sum(evidence(activations) * direction)
    # Rows do not mix, so the gradient of the sum holds that of each picture.
    importance = np.asarray(tape.gradient(total, activations), np.float32).mean(axis=(1, 2))
    heat: np.ndarray = np.einsum("nhwc,nc->nhw", np.asarray(activations, np.float32), importance)
    return np.maximum(heat, 0)


def _scaled(heat: np.ndarray) -> np.ndarray:
    largest = heat.max(axis=(1, 2), keepdims=True)
    scaled: np.ndarray = np.divide(heat, largest, out=np.zeros_like(heat), where=largest > 0)
    return scaled


def _directions(task: Task, columns: np.ndarray) -> np.ndarray:
    """Return what to multiply the evidence with: float32 `(num_images, ..., num_columns)`."""
    *places, num_columns = task.score_shape
    directions = np.zeros((len(columns), *(1 for _ in places), num_columns), np.float32)
    directions[np.arange(len(columns)), ..., columns] = 1
    return directions


def _above(trunk: _Halves, tail: Any) -> _Halves:
    """Divide what lies above the trunk's last map: at the tail's own, or there where the tail has none."""
    own = _halves(tail, trunk.grid)
    if own is None:
        return dataclasses.replace(
            trunk, below=_unchanged, above=lambda activations: tail(trunk.above(activations))
        )
    below = _compiled(lambda activations: own.below(trunk.above(activations)), (None, None, None))
    return dataclasses.replace(own, below=below)


def _halves(network: Any, grid: MapGrid) -> _Halves | None:
    """Divide a network, whose input has this grid, at its last feature map, or return None if it has none."""
    import keras

    feature_map, (output,) = _last_feature_map(network), network.outputs
    if feature_map is None:
        return None
    below = keras.Model(network.inputs[0], feature_map)
    above = _unchanged if feature_map is output else keras.Model(feature_map, output)
    return _Halves(feature_map.shape[1:3], grid.above(feature_map), below, above)


def _unchanged(tensor: Any) -> Any:
    return tensor


def _last_feature_map(network: Any) -> Any:
    """Return the tensor `(batch, height, width, channels)` nearest to the output, if only vectors lie above it."""
    tensor = network.outputs[0]
    while len(tensor.shape) != 4 or tensor.shape[1] * tensor.shape[2] == 1:
        operation, node, _ = tensor._keras_history
        inputs = operation._inbound_nodes[node].input_tensors
        if len(tensor.shape) == 3 or len(inputs) != 1:  # tokens, or the network's own input
            return None
        tensor = inputs[0]
    return tensor


def _compiled(function: _Function, shape: tuple[int | None, ...]) -> _Function:
    import tensorflow as tf

    signature = tf.TensorSpec((None, *shape), tf.float32)
    compiled: _Function = tf.function(function, input_signature=[signature], autograph=False)
    return compiled
