"""A network's blocks, and the cut that a request such as "the last 2 blocks" means."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from hydranet.backbones._cuts import Cut, find_cuts, layer_index, multiply_adds, nearest_cut
from hydranet.backbones._parts import narrowed
from hydranet.errors import ConfigError

# How most architectures name the layers of a block: block_15_expand, conv5_block3_1_conv, block6h_add, layers_11 …
_BLOCK_NAME = re.compile(r"(.*?(?:block|expanded_conv|layers)_?\d+[a-z]?)(?=_|$)")
# Below this share of the layers with weights that have such a name, the names do not describe the network.
_FEWEST_NAMED = 0.5


@dataclass(frozen=True)
class Block:
    """A run of layers between two cuts.

    Args:
        below: the cut that it stands on.
        layers: the names of its layers.
    """

    below: Cut
    layers: frozenset[str]


def find_blocks(model: Any, features: Sequence[str] | None = None) -> list[Block]:
    """Return the blocks of a functional Keras model, from its input to its outputs.

    Blocks are what the architecture's layer names say; where they say nothing, a block ends at each addition or
    concatenation through which every path passes, and where there is none, one starts at each layer with a
    kernel. Layers before the first block belong to the first, and those behind the last to the last.

    Args:
        model: the whole network.
        features: the names of the outputs that count; all by default.

    Example:
        >>> import keras
        >>> network = keras.applications.MobileNetV2((96, 96, 3), weights=None, include_top=False)
        >>> [block.below.layer for block in find_blocks(network)[-2:]]
        ['block_14_add', 'block_15_add']
    """
    layers, cuts = _layers(model, features), find_cuts(model, features)
    starts = _named_starts(layers) or _merged_starts(layers, cuts) or _kernel_starts(layers)
    below = {0: cuts[0]} | {cut.index: cut for cut in (nearest_cut(cuts, start - 1) for start in starts[1:])}
    return [
        Block(
            below[start],
            frozenset(layer.name for index, layer in layers.items() if start < index <= end),
        )
        for start, end in pairwise([*sorted(below), max(layers)])
    ]


def unfreezing_cut(model: Any, unfreeze: str | float, features: Sequence[str] | None = None) -> Cut:
    """Return the highest cut above which everything that is asked for lies.

    Args:
        model: the whole network.
        unfreeze: `2 blocks`, the name or index of the lowest layer wanted, the fraction of the layers that are
            wanted, or `all`.
        features: the names of the outputs that count; all by default.

    Raises:
        ConfigError: there is no such layer, there are not so many blocks, or no layer above the cut has weights.
    """
    cut = _requested_cut(model, unfreeze, features)
    if not can_learn(model, cut, features):
        raise ConfigError(
            f"No layer above {cut.layer} has weights that could learn: received {unfreeze!r}. Unfreeze more, such "
            "as `1 block`."
        )
    return cut


def can_learn(model: Any, cut: Cut, features: Sequence[str] | None = None) -> bool:
    """Return whether a layer above `cut` that the features come from has weights."""
    return any(layer.weights for index, layer in _layers(model, features).items() if index > cut.index)


def _layers(model: Any, features: Sequence[str] | None) -> dict[int, Any]:
    """Return the layers that the features come from, by their place in `model.layers`."""
    part = {id(layer) for layer in narrowed(model, features).layers}
    return {index: layer for index, layer in enumerate(model.layers) if id(layer) in part}


def _requested_cut(model: Any, unfreeze: str | float, features: Sequence[str] | None) -> Cut:
    cuts = find_cuts(model, features)
    if unfreeze == "all":
        return cuts[0]
    if isinstance(unfreeze, float):
        places = list(_layers(model, features))
        unfreeze = places[len(places) - max(round(len(places) * unfreeze), 1)]
    if isinstance(unfreeze, str) and (blocks := re.fullmatch(r"(\d+) blocks?", unfreeze)):
        return _below_blocks(model, int(blocks[1]), features)
    return nearest_cut(cuts, max(layer_index(model, unfreeze) - 1, 0))


def _below_blocks(model: Any, num_blocks: int, features: Sequence[str] | None) -> Cut:
    blocks = find_blocks(model, features)
    if not 1 <= num_blocks <= len(blocks):
        raise ConfigError(f"The network has {len(blocks)} blocks: received {num_blocks}.")
    return blocks[-num_blocks].below


def _named_starts(layers: Mapping[int, Any]) -> list[int]:
    """Return the place of the first layer of each block that the names tell."""
    matches = {index: _BLOCK_NAME.match(layer.name) for index, layer in layers.items()}
    weighted = [index for index, layer in layers.items() if layer.weights]
    if not any(matches.values()) or sum(map(bool, map(matches.get, weighted))) < _FEWEST_NAMED * len(
        weighted
    ):
        return []
    first: dict[str, int] = {}
    for index, match in matches.items():
        if match:
            first.setdefault(match[1], index)
    return sorted(first.values())


def _merged_starts(layers: Mapping[int, Any], cuts: list[Cut]) -> list[int]:
    """Return the place behind each cut that several tensors are merged in, if there are weights above."""
    last_kernel = max(_kernel_starts(layers), default=0)
    inputs = {cut.index: layers[cut.index].input for cut in cuts}
    merges = [index for index, tensors in inputs.items() if isinstance(tensors, list) and len(tensors) > 1]
    return [0, *(index + 1 for index in merges if index < last_kernel)] if merges else []


def _kernel_starts(layers: Mapping[int, Any]) -> list[int]:
    return [index for index, layer in layers.items() if multiply_adds(layer)]
