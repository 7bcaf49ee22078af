"""Where in a picture a head finds the evidence for its answer: a heat map from one gradient, without training."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hydranet.backbones import Place
from hydranet.data import PICTURES
from hydranet.errors import ModelError
from hydranet.evaluation._map_grid import MapGrid
from hydranet.tasks import Task

if TYPE_CHECKING:
    from hydranet.model import HydraNet, Tail

_BATCH_SIZE = 32

_Function = Callable[[Any], Any]


@dataclass(frozen=True)
class _Half:
    """What lies above the last feature map under a feature.

    Args:
        feature_map: the map, in the network that gives it.
        beside: what is joined to that which is made of the map, such as the averages of earlier maps.
        grid: where its positions look.
        above: from the map and what is beside it, as a list, to the feature.
    """

    feature_map: Any
    beside: tuple[Any, ...]
    grid: MapGrid
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
        available: the tasks that heat maps can be made for. Those whose feature comes from no map of several
            positions are missing, such as all tasks of a backbone that makes tokens of its pictures, or whose examples
            have several pictures, or arrays in place of them.

    Example:
        >>> import numpy as np
        >>> from hydranet import Application, HydraNet, SingleLabel
        >>> backbone = Application("MobileNetV2", image_size=96, weights="random", arguments={"alpha": 0.35})
        >>> grad_cam = GradCam(HydraNet(backbone, [SingleLabel(name="cats_dogs", classes=("cat", "dog"))]))
        >>> maps = grad_cam(np.zeros((2, 96, 96, 3), np.float32), {"cats_dogs": np.array([0, 1])})
        >>> maps["cats_dogs"].shape
        (2, 3, 3)
    """

    def __init__(self, model: "HydraNet") -> None:
        self._model = model
        network = model.trunk.network
        self._trunk = _halves(network, MapGrid()) or _tokens_at_cut(model.trunk)
        self._trunk_maps = _maps(network, self._trunk, model.trunk.image_shape, model.backbone.preprocess)
        self._halves = {Place(None, feature): half for feature, half in self._trunk.items()}
        self._tail_maps: dict[str, _Function] = {}
        for group, tail in model.tails.items():
            self._add_tail(group, tail)
        # Where an example has several pictures, or none, a map would lie over none of them.
        names = () if model.trunk.example_shape or model.backbone.reads != PICTURES else model.tasks
        self.available = tuple(name for name in names if model.place(name) in self._halves)

    def _add_tail(self, group: str, tail: "Tail") -> None:
        """Divide a tail at its own maps, or at the trunk's where it has none."""
        [under] = self._trunk.values() or [None]
        if under is None:
            return
        own = _halves(tail.network, under.grid)
        is_map = len(under.feature_map.shape) == 4
        for feature in tail.features if is_map else own:
            through = _Half(under.feature_map, (), under.grid, _chain(under.above, tail, feature))
            self._halves[Place(group, feature)] = own.get(feature, through)
        shape = tuple(under.feature_map.shape[1:])
        above = _maps(tail.network, own, shape, lambda trunk_map: under.above([trunk_map]))
        self._tail_maps[group] = lambda trunk_map: {
            **{feature: [trunk_map] for feature in tail.features},
            **above(trunk_map),
        }

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
        halves = {name: self._halves[self._model.place(name)] for name in tasks}
        heat = {
            name: np.zeros((len(images), *half.feature_map.shape[1:3]), np.float32)
            for name, half in halves.items()
        }
        for start in range(0, len(images), _BATCH_SIZE):
            rows = slice(start, start + _BATCH_SIZE)
            part = self._batch(images[rows], {name: each[rows] for name, each in directions.items()})
            for name in tasks:
                heat[name][rows] = part[name]
        return heat

    def _batch(self, images: np.ndarray, directions: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        import tensorflow as tf

        trunk_maps = self._trunk_maps(tf.constant(images, tf.float32))
        places = {name: self._model.place(name) for name in directions}
        maps: dict[str | None, Mapping[str, Any]] = {None: trunk_maps}
        for group in {place.group for place in places.values() if place.group is not None}:
            [[trunk_map]] = trunk_maps.values()
            maps[group] = self._tail_maps[group](trunk_map)
        heat = {}
        for name, place in places.items():
            half, head, task = self._halves[place], self._model.head(name), self._model.tasks[name]
            feature_map, *beside = maps[place.group][place.feature]
            evidence = _evidence(task, head, half, beside)
            raw = _heat(feature_map, evidence, directions[name])
            heat[name] = _scaled(half.grid.align(raw, images.shape[1:3]))
        return heat

    def _known(self, name: str) -> Task:
        self._model.head(name)  # raises where there is none
        if name not in self.available:
            raise ModelError(
                f"No heat map for {name!r}: {self._model.backbone.label} has no feature map of several positions "
                f"before what the head reads, at pictures of {self._model.backbone.size_text}."
            )
        return self._model.tasks[name]


def _evidence(task: Task, head: Any, half: _Half, beside: list[Any]) -> _Function:
    """Return the evidence of a task as a function of the map alone."""
    return lambda feature_map: task.evidence(head(half.above([feature_map, *beside]), training=False))


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


def _halves(network: Any, grid: MapGrid) -> dict[str, _Half]:
    """Divide a network, whose input has this grid, at the last map under each feature that has one."""
    import keras

    found = {}
    for feature, output in network.output.items():
        feature_map, beside = _last_feature_map(output)
        if feature_map is None:
            continue
        above = _first if feature_map is output else keras.Model([feature_map, *beside], output)
        found[feature] = _Half(feature_map, beside, grid.above(feature_map), above)
    return found


def _tokens_at_cut(trunk: Any) -> dict[str, _Half]:
    """Return what a trunk that ends at a cut gives, if it is tokens: above the cut, a map may be made of them."""
    outputs = trunk.network.output if trunk.cut is not None else {}
    return {
        name: _Half(tokens, (), MapGrid(is_even=True), _first)
        for name, tokens in outputs.items()
        if len(tokens.shape) == 3
    }


def _maps(
    network: Any, halves: Mapping[str, _Half], shape: tuple[int | None, ...], before: _Function
) -> _Function:
    """Return a function to the maps of a network by feature, from what `before` makes the network's input of."""
    import keras
    import tensorflow as tf

    if not halves:
        return lambda inputs: {}
    given = {feature: [half.feature_map, *half.beside] for feature, half in halves.items()}
    model = keras.Model(network.inputs[0], given)
    signature = tf.TensorSpec((None, *shape), tf.float32)
    compiled: _Function = tf.function(
        lambda inputs: model(before(inputs), training=False), input_signature=[signature], autograph=False
    )
    return compiled


def _chain(below: _Function, tail: "Tail", feature: str) -> _Function:
    return lambda activations: tail(below(activations))[feature]


def _first(tensors: list[Any]) -> Any:
    return tensors[0]


def _last_feature_map(tensor: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return the tensor `(batch, height, width, channels)` nearest to `tensor`, if only vectors lie between.

    Of vectors that are joined, the last is followed; the others are returned too, in their order.
    """
    beside: tuple[Any, ...] = ()
    while len(tensor.shape) != 4 or tensor.shape[1] * tensor.shape[2] == 1:
        operation, node, _ = tensor._keras_history
        inputs = operation._inbound_nodes[node].input_tensors
        are_vectors = all(len(each.shape) == 2 for each in inputs)
        if len(tensor.shape) == 3 or not (len(inputs) == 1 or (inputs and are_vectors)):
            return None, ()  # tokens, or the network's own input
        *joined, tensor = inputs
        beside = (*joined, *beside)
    return tensor, beside
