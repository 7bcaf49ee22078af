"""The pretrained networks: how one is made, where it can be cut, and what tells it apart from others."""

from hydranet.backbones._application import application_names, build_application, preprocessing_of
from hydranet.backbones._blocks import find_blocks, unfreezing_cut
from hydranet.backbones._cuts import Cut, cut_at, find_cuts, multiply_adds, split
from hydranet.backbones._fingerprint import fingerprint

__all__ = [
    "Cut",
    "application_names",
    "build_application",
    "cut_at",
    "find_blocks",
    "find_cuts",
    "fingerprint",
    "multiply_adds",
    "preprocessing_of",
    "split",
    "unfreezing_cut",
]
