"""A format that older runtimes read: a frozen TensorFlow graph in one `.pb` file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hydranet.engines import constant_function
from hydranet.exports import Answer, Format, register_format, scored

if TYPE_CHECKING:
    from hydranet import HydraNet


@dataclass(frozen=True, kw_only=True)
class FrozenGraph(Format):
    """A graph with its weights built in."""

    name: str = "frozen_graph"

    def write(
        self,
        model: "HydraNet",
        folder: Path,
        *,
        precision: str,
        calibration: np.ndarray | None,
        description: Mapping[str, Any],
    ) -> None:
        """Write `model.pb`; its outputs are called as the tasks."""
        import tensorflow as tf

        network = scored(model)
        function = constant_function(network).get_concrete_function()
        with tf.Graph().as_default() as graph:
            images = tf.compat.v1.placeholder(tf.float32, (None, *network.inputs[0].shape[1:]), name="images")
            for name, scores in function(images).items():
                tf.identity(scores, name=name)
        (folder / "model.pb").write_bytes(graph.as_graph_def().SerializeToString())

    def read(self, folder: Path, precision: str) -> Answer:
        """Return how the graph answers, run as TensorFlow 1 runs it."""
        import tensorflow as tf

        definition = tf.compat.v1.GraphDef.FromString((folder / "model.pb").read_bytes())
        names = [node.name for node in definition.node if node.op == "Identity"]
        with tf.Graph().as_default() as graph:
            tf.import_graph_def(definition, name="")
        session = tf.compat.v1.Session(graph=graph)
        return lambda images: session.run({name: f"{name}:0" for name in names}, {"images:0": images})

    def describe(self) -> dict[str, Any]:
        """Say what the file needs."""
        return {"graph": "a GraphDef of TensorFlow 2; no variables, nothing to initialise"}


FORMAT = register_format(FrozenGraph())
