"""The Keras model: trunk, tails, heads.

A `HydraNet` runs its `Trunk` once per batch; each head reads one of the named features that the trunk, or a `Tail`
above it, gives.

Example:
    >>> import numpy as np
    >>> from hydranet import Application, HydraNet, Linear, SingleLabel
    >>> backbone = Application("MobileNetV2", image_size=[64, 96], weights="random", arguments={"alpha": 0.35})
    >>> tasks = [
    ...     SingleLabel(name="cats_dogs", classes=("cat", "dog")),
    ...     SingleLabel(name="coat", classes=("curly", "long", "short"), head=Linear(feature="map")),
    ... ]
    >>> model = HydraNet(backbone, tasks)
    >>> model.trunk.feature_shapes
    {'pooled': (1280,), 'map': (2, 3, 1280)}
    >>> {name: outputs.shape for name, outputs in model.predict(np.zeros((1, 64, 96, 3)), verbose=0).items()}
    {'cats_dogs': (1, 1), 'coat': (1, 3)}
"""

from hydranet.model._budget import allowed_bytes, variables_within
from hydranet.model._cost import backbone_multiply_adds, model_multiply_adds
from hydranet.model._feature_network import FeatureNetwork
from hydranet.model._hydranet import HydraNet
from hydranet.model._tail import Tail
from hydranet.model._trunk import ACTIVATION, Trunk, build_trunk

__all__ = [
    "ACTIVATION",
    "FeatureNetwork",
    "HydraNet",
    "Tail",
    "Trunk",
    "allowed_bytes",
    "backbone_multiply_adds",
    "build_trunk",
    "model_multiply_adds",
    "variables_within",
]
