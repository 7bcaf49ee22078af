"""Whether the layers that a head describes as data are those that it has."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hydranet.heads import build_dense_head
from hydranet.testing._expect import expect


def check_dense_layers(
    network: Any, described: Sequence[Mapping[str, Any]] | None, features: np.ndarray
) -> None:
    """Check that NumPy computes what Keras does, with any weights, where layers are described.

    Args:
        network: the Keras layers, built; its weights are changed.
        described: as `Head.dense_layers` gives them.
        features: float32 `(batch, *feature_shape)`.
    """
    if described is None:
        return
    random = np.random.default_rng(0)
    weights = [random.normal(size=weight.shape).astype(np.float32) for weight in network.weights]
    weights = [
        np.abs(values) if "variance" in weight.path else values
        for weight, values in zip(network.weights, weights, strict=True)
    ]
    network.set_weights(weights)
    try:
        computed = build_dense_head(described, weights)(features)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise AssertionError(
            f"dense_layers gives {described}, which the weights do not fit: {error}."
        ) from error
    expected = np.asarray(network(features, training=False))
    same = computed.shape == expected.shape and np.allclose(computed, expected, rtol=1e-4, atol=1e-4)
    expect(
        same, f"dense_layers gives {described}, with which NumPy computes something else than the layers do."
    )
