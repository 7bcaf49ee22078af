"""How far boxes overlap: left, upper, right and lower edge, as shares of the picture's width and height."""

from typing import Any

import numpy as np

# Below it, an error counts by its square, so that training comes to rest at the right box.
_NEAR_OVERLAP, _NEAR_EDGE = 0.1, 0.05
_SMALLEST = 1e-9


def intersection_over_union(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the share of what two boxes cover that both cover: float64 `(batch,)`, from 0 to 1.

    Args:
        first: `(batch, 4)`.
        second: likewise.

    Example:
        >>> intersection_over_union(np.array([[0, 0, 0.5, 1]]), np.array([[0, 0, 1, 1]])).tolist()
        [0.5]
    """
    first, second = first.astype(np.float64), second.astype(np.float64)
    low, high = np.maximum(first[:, :2], second[:, :2]), np.minimum(first[:, 2:], second[:, 2:])
    both = np.maximum(high - low, 0).prod(axis=1)
    of_each = [np.maximum(each[:, 2:] - each[:, :2], 0).prod(axis=1) for each in (first, second)]
    shares: np.ndarray = both / np.maximum(sum(of_each) - both, _SMALLEST)
    return shares


def box_loss(labels: Any, boxes: Any) -> Any:
    """Return what boxes lack of the generalised overlap with the right ones, and how far their edges are off.

    The generalised intersection over union (Rezatofighi et al., 2019, arXiv:1902.09630) still has a slope where boxes
    do not meet; the distance of the edges beside it is that of Carion et al., 2020, arXiv:2005.12872.

    Args:
        labels: tensor `(batch, 4)`.
        boxes: likewise; the edges of a box in any order.
    """
    from keras import ops

    low, high = ops.minimum(boxes[:, :2], boxes[:, 2:]), ops.maximum(boxes[:, :2], boxes[:, 2:])
    labels_low, labels_high = labels[:, :2], labels[:, 2:]
    meet = ops.minimum(high, labels_high) - ops.maximum(low, labels_low)
    both = ops.prod(ops.maximum(meet, 0.0), axis=1)
    either = ops.prod(high - low, axis=1) + ops.prod(labels_high - labels_low, axis=1) - both
    around = ops.prod(ops.maximum(high, labels_high) - ops.minimum(low, labels_low), axis=1)
    overlap = both / ops.maximum(either, _SMALLEST) - (around - either) / ops.maximum(around, _SMALLEST)
    edges = ops.concatenate([low - labels_low, high - labels_high], axis=1)
    return _huber(1.0 - overlap, _NEAR_OVERLAP) + ops.sum(_huber(ops.abs(edges), _NEAR_EDGE), axis=1)


def _huber(errors: Any, near: float) -> Any:
    """Return errors less half of `near`, and below `near` a square that goes on from there (Huber, 1964)."""
    from keras import ops

    return ops.where(errors < near, ops.square(errors) / (2 * near), errors - near / 2)


def mean_overlap(name: str, least: float | None = None) -> Any:
    """Return the Keras metric of the mean intersection over union, or of the share of pictures where it is large.

    Args:
        name: of the metric.
        least: what counts as large.
    """
    import keras

    def overlap(targets: Any, activated: Any) -> Any:
        values = intersection_over_union(np.asarray(targets), np.asarray(activated))
        return values if least is None else (values >= least).astype(np.float32)

    return keras.metrics.MeanMetricWrapper(overlap, name=name)
