"""What a model's answers cost: multiply-adds for one picture."""

from typing import Any

from hydranet.backbones import multiply_adds
from hydranet.model._hydranet import HydraNet


def model_multiply_adds(model: HydraNet) -> int:
    """Return what all tasks' answers about one picture take: the trunk, each tail and each head once.

    Example:
        >>> from hydranet import Application, HydraNet, SingleLabel
        >>> backbone = Application("MobileNetV2", image_size=96, weights="random", arguments={"alpha": 0.35})
        >>> model = HydraNet(backbone, [SingleLabel(name="cats_dogs", classes=("cat", "dog"))])
        >>> model_multiply_adds(model) - backbone_multiply_adds(model)
        1280
    """
    networks = [model.trunk.network, *(tail.network for tail in model.tails.values())]
    return sum(map(_multiply_adds, [*networks, *(model.head(task) for task in model.tasks)]))


def backbone_multiply_adds(model: HydraNet) -> int:
    """Return what the whole backbone takes for one picture: the trunk and one tail."""
    a_tail = [tail.network for tail in model.tails.values()][:1]
    return sum(map(_multiply_adds, [model.trunk.network, *a_tail]))


def _multiply_adds(network: Any) -> int:
    return sum(multiply_adds(layer) for layer in network.layers)
