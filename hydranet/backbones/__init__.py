"""The pretrained networks as data: how one is made and reads pictures, what it gives, and where it can be cut.

A backbone is one value; `hydranet.Trunk` is the layer that holds its weights. One pass gives several named features,
of which each head reads one.

Example:
    >>> from hydranet.backbones import Application
    >>> backbone = Application("MobileNetV2", image_size=96, weights="random", arguments={"alpha": 0.35})
    >>> network = backbone.build_network()
    >>> {name: network.output[name].shape[1:] for name in ("pooled", "map", "levels")}
    {'pooled': (1280,), 'map': (3, 3, 1280), 'levels': (1808,)}
    >>> unfreezing_cut(network, "1 block", ["pooled"]).layer
    'block_15_add'
"""

from hydranet.backbones._application import Application
from hydranet.backbones._backbone import MAP, Backbone
from hydranet.backbones._blocks import can_learn, find_blocks, unfreezing_cut
from hydranet.backbones._convolutional import ConvolutionalBackbone
from hydranet.backbones._cuts import (
    Cut,
    above,
    below,
    cut_at,
    find_cuts,
    multiply_adds,
    nearest_cut,
)
from hydranet.backbones._fingerprint import fingerprint, reading_once
from hydranet.backbones._image_size import ImageSize, check_image_size
from hydranet.backbones._keras_file import KerasFile
from hydranet.backbones._keras_hub import KerasHub
from hydranet.backbones._kinds import (
    backbone_from_config,
    backbone_names,
    default_backbone,
)
from hydranet.backbones._parts import narrowed, towards
from hydranet.backbones._place import Place
from hydranet.backbones._saved_model import SavedModel
from hydranet.backbones._stored_features import StoredFeatures

__all__ = [
    "MAP",
    "Application",
    "Backbone",
    "ConvolutionalBackbone",
    "Cut",
    "ImageSize",
    "KerasFile",
    "KerasHub",
    "Place",
    "SavedModel",
    "StoredFeatures",
    "above",
    "backbone_from_config",
    "backbone_names",
    "below",
    "can_learn",
    "check_image_size",
    "cut_at",
    "default_backbone",
    "find_blocks",
    "find_cuts",
    "fingerprint",
    "multiply_adds",
    "narrowed",
    "nearest_cut",
    "reading_once",
    "towards",
    "unfreezing_cut",
]
