"""The Keras model: trunk, tails, heads."""

from hydranet.model._backbone import Backbone, build_backbone, check_backbone
from hydranet.model._cost import backbone_multiply_adds, model_multiply_adds
from hydranet.model._feature_network import FeatureNetwork
from hydranet.model._hydranet import HydraNet
from hydranet.model._tail import Tail

__all__ = [
    "Backbone",
    "FeatureNetwork",
    "HydraNet",
    "Tail",
    "backbone_multiply_adds",
    "build_backbone",
    "check_backbone",
    "model_multiply_adds",
]
