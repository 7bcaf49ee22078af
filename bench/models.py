"""The models that are compared: one backbone with many heads, and one full model per task."""

from collections.abc import Callable

import numpy as np
from bench.sizes import SIZE

from hydranet import HydraNet, SingleLabel
from hydranet.config import BackboneConfig
from hydranet.inference.stack import StackedHeads
from hydranet.model.backbone import build_backbone
from hydranet.model.inference import compile_backbone

CLASSES = tuple("abcdefghij")

Outputs = dict[str, np.ndarray]


def shared_model(num_heads: int, image_size: int, weights: str) -> HydraNet:
    """Return one backbone with `num_heads` linear heads of ten classes."""
    config = BackboneConfig(image_size=image_size, weights=weights, arguments=SIZE.backbone_arguments)
    tasks = [SingleLabel(name=f"task_{number}", classes=CLASSES) for number in range(num_heads)]
    return HydraNet(build_backbone(config), tasks)


def separate_models(shared: HydraNet, num_models: int, image_size: int, weights: str) -> list[HydraNet]:
    """Return a full model, with a backbone of its own, for each of the first tasks of `shared`."""
    models = []
    for name, task in list(shared.tasks.items())[:num_models]:
        config = BackboneConfig(image_size=image_size, weights=weights, arguments=SIZE.backbone_arguments)
        model = HydraNet(build_backbone(config), [task])
        model.head(name).set_weights(shared.head(name).get_weights())
        models.append(model)
    return models


def compiled(model: HydraNet, batch_size: int) -> Callable[[np.ndarray], Outputs]:
    """Return what gives the outputs of all heads of a batch of pictures, as the Predictor does."""
    backbone, heads = compile_backbone(model.backbone, batch_size), StackedHeads(model)
    return lambda images: heads(backbone(images))
