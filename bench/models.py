"""The models that are compared: one backbone with many heads, and one full model per task."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from hydranet import HydraNet, SingleLabel, Trunk
from hydranet.backbones import Application
from hydranet.engines._compile import compile_network
from hydranet.engines._engines import REFERENCE_ENGINE, installed_engines
from hydranet.inference._stack import StackedHeads
from hydranet.inference._tensorflow_model import place_heads
from hydranet_bench.sizes import IS_FULL, SIZE

CLASSES = tuple("abcdefghij")

Outputs = dict[str, np.ndarray]


def engines() -> list[str]:
    """Return the engines besides TensorFlow: all that are installed, or one at smoke size."""
    others = [name for name in installed_engines() if name != REFERENCE_ENGINE]
    return others if IS_FULL else [name for name in others if name == "litert"]


@lru_cache
def trunk(copy: int, image_size: int, weights: str) -> Trunk:
    """Return a trunk; its copies have the same weights, each in memory of its own."""
    arguments = SIZE.backbone_arguments
    return Trunk(Application(image_size=image_size, weights=weights, arguments=arguments))


def shared_model(num_heads: int, image_size: int, weights: str) -> HydraNet:
    """Return one backbone with `num_heads` linear heads of ten classes."""
    tasks = [SingleLabel(name=f"task_{number}", classes=CLASSES) for number in range(num_heads)]
    return HydraNet(trunk(0, image_size, weights), tasks)


def separate_models(shared: HydraNet, num_models: int, image_size: int, weights: str) -> list[HydraNet]:
    """Return a full model for each of the first tasks of `shared`, with the same head on a backbone of its own."""
    tasks = list(shared.tasks.values())[:num_models]
    return [
        HydraNet(trunk(copy, image_size, weights), [task], heads={task.name: shared.head(task.name)})
        for copy, task in enumerate(tasks, start=1)
    ]


@lru_cache
def compiled_trunk(trunk: Trunk, batch_size: int) -> Callable[[np.ndarray], Outputs]:
    """Return the trunk as one fast function; a second call returns the same."""
    return compile_network(trunk, trunk.image_shape, batch_size)


def compiled(model: HydraNet, batch_size: int) -> Callable[[np.ndarray], Outputs]:
    """Return what gives the outputs of all heads of a batch of pictures, as the Predictor does."""
    run, heads = compiled_trunk(model.trunk, batch_size), stacked_heads(model)
    return lambda images: heads(run(images)["pooled"])


def stacked_heads(model: HydraNet) -> StackedHeads:
    """Return the heads of a model as the Predictor computes them."""
    return StackedHeads({name: placed.head for name, placed in place_heads(model).items()})
