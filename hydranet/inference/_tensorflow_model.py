"""A HydraNet's networks and heads as functions that an engine without files, and NumPy, compute."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hydranet.engines import Engine
from hydranet.heads import build_dense_head
from hydranet.inference._networks import Function, Networks, in_batches
from hydranet.inference._one_pass import PlacedHead
from hydranet.inference._stack import Head
from hydranet.model import HydraNet
from hydranet.runs import HeadFile, compile_head, describe_head, head_from_file, usual_of


def tensorflow_networks(
    model: HydraNet, engine: Engine, batch_size: int, also: Sequence[str] = ()
) -> Networks:
    """Return what runs below the heads, compiled by `engine` when it is first used.

    Args:
        model: whose networks they are.
        engine: that compiles them.
        batch_size: the most pictures in one pass.
        also: features that are given beside those that heads read, where they can be.
    """
    trunk = model.trunk.giving([*model.trunk.features, *also])
    tails = {
        group: tail.giving([*tail.features, *set(also).intersection(tail.whole.output)])
        for group, tail in model.tails.items()
    }
    return Networks(
        image_size=model.trunk.image_size,
        trunk=_compiled(trunk, model.trunk.image_shape, engine, batch_size),
        tails={
            group: _compiled(tail, tail.activation_shape, engine, batch_size) for group, tail in tails.items()
        },
        fingerprints=model.fingerprints(),
        example_shape=model.trunk.example_shape,
    )


def place_heads(model: HydraNet) -> dict[str, PlacedHead]:
    """Return the heads as they stand in a model."""
    records = model.records
    return {
        name: PlacedHead(
            task,
            _as_head(model, name),
            model.place(name),
            usual_of(records.get(name), name, model.feature_shape(name)[-1]),
        )
        for name, task in model.tasks.items()
    }


def as_function(file: HeadFile) -> Head:
    """Return the head of a file as NumPy computes it, or else as a compiled function."""
    return file.dense() or compile_head(head_from_file(file), file.feature_shape)


def _as_head(model: HydraNet, task: str) -> Head:
    head = model.head(task)
    layers = describe_head(model, task)
    if layers is None:
        return compile_head(head, model.feature_shape(task))
    return build_dense_head(layers, head.get_weights())


def _compiled(network: Any, input_shape: tuple[int, ...], engine: Engine, batch_size: int) -> Function:
    functions: dict[int, Function] = {}

    def run(inputs: np.ndarray) -> Mapping[str, np.ndarray]:
        # One picture is the common case and deserves a pass of its own size.
        size = 1 if len(inputs) == 1 else batch_size
        if size not in functions:
            [functions[size]] = engine.compile(network, input_shape, batch_size=size)
        return functions[size](inputs)

    return in_batches(run, batch_size)
