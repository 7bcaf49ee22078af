"""A digest of layers and weights: equal exactly if the same pictures give the same features."""

import hashlib
import json
from typing import Any

import numpy as np

from hydranet.data.images import DECODER_VERSION

# Of the layers' configs: what makes no difference to the outputs in inference mode.
_IRRELEVANT = {"trainable"}


def fingerprint(network: Any, preprocessing: str) -> str:
    """Return a hexadecimal digest of a network's architecture, its weights and what comes before it.

    Automatic layer names are left out, because they vary from one build to the next.

    Args:
        network: a built functional `keras.Model`.
        preprocessing: says how pictures become its input.
    """
    digest = hashlib.blake2b(digest_size=16)
    digest.update(f"decoder {DECODER_VERSION}, {preprocessing}".encode())
    digest.update(json.dumps(_without_names(network), sort_keys=True, default=str).encode())
    for weight in network.weights:
        value = np.ascontiguousarray(weight.numpy())
        digest.update(f"{value.dtype} {value.shape}".encode())
        digest.update(value.tobytes())
    return digest.hexdigest()


def _without_names(network: Any) -> Any:
    numbers = {operation.name: f"layer {index}" for index, operation in enumerate(network.operations)}
    numbers[network.name] = "network"

    def replace(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: replace(value) for key, value in node.items() if key not in _IRRELEVANT}
        if isinstance(node, list | tuple):
            return [replace(value) for value in node]
        return numbers.get(node, node) if isinstance(node, str) else node

    return replace(network.get_config())
