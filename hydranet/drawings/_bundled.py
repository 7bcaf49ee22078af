"""A small backbone that ships with hydranet, so that transfer learning can be tried without a download.

It was pretrained by `hydranet.drawings._pretraining` to tell apart the drawings of
`hydranet.drawings._pretraining.other_drawings`: cows, fish, teapots, letters, never a class of `hydranet.drawings`.
It is small and has only seen cartoons: on photographs, a backbone pretrained on ImageNet is far better.
"""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class BundledBackbone:
    """How to build the backbone that the bundled weights fit.

    Attributes:
        constructor: name of the function in `keras.applications`.
        arguments: its keyword arguments, besides `include_top=False, weights=None, input_shape=...`.
        image_size: height and width in pixels at which it was pretrained.
    """

    constructor: str = "MobileNetV2"
    arguments: dict[str, float] = field(default_factory=lambda: {"alpha": 0.35})
    image_size: int = 96


NAME = "drawings_mobilenetv2"
"""The name of the bundled weights."""

BACKBONE = BundledBackbone()
"""The architecture of the bundled weights; pictures enter it scaled from [0, 255] to [-1, 1]."""


def weights_path() -> Path:
    """Return where the bundled weights lie, as a file for `load_weights`."""
    return Path(__file__).with_name(f"{NAME}.weights.h5")


__all__ = ["BACKBONE", "NAME", "BundledBackbone", "weights_path"]
