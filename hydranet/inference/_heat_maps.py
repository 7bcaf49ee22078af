"""Where in a picture a linear head finds the evidence for its answer, from the map that the same pass gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hydranet.backbones import MAP, Place
from hydranet.data import PICTURES
from hydranet.errors import ConfigError
from hydranet.evaluation import MapGrid
from hydranet.heads import DenseHead
from hydranet.inference._networks import BatchFeatures, Features, Networks
from hydranet.model import ACTIVATION, HydraNet
from hydranet.tasks import Task

_CLOSE = 1e-3


@dataclass(frozen=True)
class HeatMaps:
    """Class activation maps (Zhou et al., 2016, arXiv:1512.04150).

    A linear head on the average of a map weighs its channels alike at all positions: at each, the same weights say how
    much speaks for the answer there. Of a head on several levels, side by side, the part on the last one is shown.

    Args:
        networks: which give the last map beside what heads read.
        grids: where the positions of the map look, by tail group; None for the trunk.
        averaged: the places whose features end with the average of that map.
    """

    networks: Networks
    grids: Mapping[str | None, MapGrid]
    averaged: frozenset[Place]

    @classmethod
    def of(cls, model: HydraNet, networks: Networks) -> "HeatMaps":
        """Return those of a model, as far as its networks give maps; which is found out with some noise."""
        height, width = networks.image_size
        noise = np.random.default_rng(0).uniform(0, 255, (2, height, width, 3)).astype(np.float32)
        grids = _grids(model)
        features, rows = BatchFeatures(networks, noise, np.arange(2)), np.ones(2, bool)
        averaged = [
            place
            for place in networks.fingerprints
            if place.group in grids and _ends_with_average(features, place, rows)
        ]
        return cls(networks, grids, frozenset(averaged))

    def covers(self, head: Any, place: Place) -> bool:
        """Tell whether a head has heat maps: it is linear, and reads the average of the last map."""
        return place in self.averaged and isinstance(head, DenseHead) and len(head.layers) == 1

    def compute(
        self,
        task: Task,
        head: Any,
        features: Features,
        place: Place,
        rows: np.ndarray,
        outputs: np.ndarray,
    ) -> np.ndarray:
        """Return where the evidence for the most probable answer lies: float32 `(batch, map_height, map_width)`.

        From 0 to 1, where most of it lies in the picture; NaN for rows without an answer.

        Args:
            task: says which answer that is.
            head: of the task; one that is covered.
            features: of the batch.
            place: where the head stands.
            rows: which have an answer: boolean `(batch,)`.
            outputs: of the head: float32 `(batch, num_outputs)`.
        """
        maps = features.of(Place(place.group, MAP), rows)
        [layer] = head.layers
        weights = (layer.kernel * layer.scale[:, None])[:, -maps.shape[-1] :]
        towards = _slopes(task, outputs[rows]) @ weights
        raw = np.maximum(np.einsum("nhwc,nc->nhw", maps, towards), 0)
        height, width = self.networks.image_size
        aligned = self.grids[place.group].align(raw, (height, width))
        largest = aligned.max(axis=(1, 2), keepdims=True)
        heat = np.full((len(rows), *maps.shape[1:3]), np.nan, np.float32)
        heat[rows] = np.divide(aligned, largest, out=np.zeros_like(aligned), where=largest > 0)
        return heat


def check_has_map(model: HydraNet) -> None:
    """Raise ConfigError unless each example of a model is one picture, of which its backbone gives a map."""
    if model.trunk.example_shape:
        raise ConfigError("Heat maps lie over one picture: the examples of this model have several.")
    if MAP not in model.backbone.features or model.backbone.reads != PICTURES:
        raise ConfigError(
            f"{model.backbone.label} gives no feature map, so that there are no heat maps of its heads."
        )


def _ends_with_average(features: Features, place: Place, rows: np.ndarray) -> bool:
    read, maps = features.of(place, rows), features.of(Place(place.group, MAP), rows)
    average, num_channels = maps.mean(axis=(1, 2)), maps.shape[-1]
    vectors = read if read.ndim == 2 else read.mean(axis=(1, 2))
    is_map = read.ndim == 2 or read.shape == maps.shape
    return (
        is_map
        and maps.shape[1] * maps.shape[2] > 1
        and vectors.shape[-1] >= num_channels
        and np.allclose(vectors[:, -num_channels:], average, rtol=_CLOSE, atol=_CLOSE)
    )


def _slopes(task: Task, outputs: np.ndarray) -> np.ndarray:
    """Return by how much each output speaks for the most probable score: float32 `(batch, num_outputs)`."""
    import tensorflow as tf

    chosen = task.scores(outputs).argmax(axis=-1)
    tensor = tf.constant(outputs)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        evidence = tf.gather(task.evidence(tensor), chosen, axis=1, batch_dims=1)
    return np.asarray(tape.gradient(evidence, tensor), np.float32)


def _grids(model: HydraNet) -> dict[str | None, MapGrid]:
    """Return where the positions of the last map look, for each group whose network gives it."""
    outputs = model.trunk.network.output
    if not model.tails:
        return {None: MapGrid().above(model.trunk.whole.output[MAP])}
    under = MapGrid().above(outputs[ACTIVATION])
    return {
        group: under.above(tail.whole.output[MAP])
        for group, tail in model.tails.items()
        if MAP in tail.whole.output
    }
