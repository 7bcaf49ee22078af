"""A digest of layers and weights: equal exactly if the same pictures give the same features."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import xxhash

from hydranet.data import DECODER_VERSION

# Of the layers' configs: what makes no difference to the outputs in inference mode.
_IRRELEVANT = {"trainable"}
# A training asks dozens of times. The layers between two tensors stay the same, and whether weights have changed is
# found faster than their digest.
_architectures: WeakKeyDictionary[Any, WeakKeyDictionary[Any, str]] = WeakKeyDictionary()
_digests: dict[tuple[str, str, str], str] = {}
# By its number each variable, so that this stays its number, and what it holds, while `reading_once` lasts.
_read: ContextVar[dict[int, tuple[Any, np.ndarray]] | None] = ContextVar("_read", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Read each weight once for all fingerprints that are asked for meanwhile, in which no weight may change."""
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


def fingerprint(network: Any, preprocessing: str) -> str:
    """Return a hexadecimal digest of a network's architecture, its weights and what comes before it.

    Automatic layer names are left out, because they vary from one build to the next.

    Args:
        network: a built functional `keras.Model`.
        preprocessing: says how pictures become its input.
    """
    weights = _values(network)
    key = (preprocessing, _architecture(network), _checksum(weights))
    if key not in _digests:
        _digests[key] = _digest(preprocessing, _architecture(network), weights)
    return _digests[key]


def _values(network: Any) -> list[np.ndarray]:
    weights, read = network.weights, _read.get()
    if read is None:
        read = {}
    for weight in weights:
        if id(weight) not in read:
            read[id(weight)] = weight, np.ascontiguousarray(weight.numpy())
    return [read[id(weight)][1] for weight in weights]


def _digest(preprocessing: str, architecture: str, weights: list[np.ndarray]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    digest.update(f"decoder {DECODER_VERSION}, {preprocessing}".encode())
    digest.update(architecture.encode())
    for value in weights:
        digest.update(f"{value.dtype} {value.shape}".encode())
        digest.update(value.tobytes())
    return digest.hexdigest()


def _checksum(weights: list[np.ndarray]) -> str:
    checksum = xxhash.xxh3_128()
    for value in weights:
        checksum.update(value.data)
    return checksum.hexdigest()


def _architecture(network: Any) -> str:
    known = _architectures.setdefault(network.output, WeakKeyDictionary())
    source = network.inputs[0]
    if source not in known:
        known[source] = json.dumps(_without_names(network), sort_keys=True, default=str)
    return known[source]


def _without_names(network: Any) -> Any:
    config = network.get_config()
    numbers = {network.name: "network"}
    for name in _layer_names(config):
        numbers.setdefault(name, f"layer {len(numbers)}")

    def replace(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: replace(value) for key, value in node.items() if key not in _IRRELEVANT}
        if isinstance(node, list | tuple):
            return [replace(value) for value in node]
        return numbers.get(node, node) if isinstance(node, str) else node

    return replace(config)


def _layer_names(node: Any) -> Iterator[str]:
    """Yield the names of all layers and operations in a config, nested ones too, in the order of the config."""
    if isinstance(node, dict):
        config = node.get("config")
        # The name of a dtype policy is the dtype.
        if isinstance(config, dict) and "name" in config and "DTypePolicy" not in node["class_name"]:
            yield config["name"]
        node = list(node.values())
    if isinstance(node, list | tuple):
        for child in node:
            yield from _layer_names(child)
