"""Metrics of a class for each pixel: targets are one-hot, and zeros where there is no label."""

from collections.abc import Sequence
from typing import Any


def mean_accuracy(name: str) -> Any:
    """Return the Keras metric of the share of right pixels, averaged over pictures."""
    import keras
    from keras import ops

    def accuracy(targets: Any, activated: Any) -> Any:
        known = ops.sum(targets, axis=-1)
        right = ops.cast(ops.equal(ops.argmax(targets, -1), ops.argmax(activated, -1)), "float32")
        return ops.sum(right * known, axis=(1, 2)) / ops.sum(known, axis=(1, 2))

    return keras.metrics.MeanMetricWrapper(accuracy, name=name)


def mean_iou(name: str, num_classes: int, classes: Sequence[int] | None = None) -> Any:
    """Return the Keras metric of the intersection over the union of all pictures together, averaged over classes.

    Args:
        name: of the metric.
        num_classes: how many there are.
        classes: those that are averaged; all by default.
    """
    import keras
    from keras import ops

    class IoU(keras.metrics.IoU):  # type: ignore[misc]
        def update_state(self, targets: Any, activated: Any) -> Any:
            known = ops.cast(ops.sum(targets, axis=-1), "int32")
            return super().update_state(ops.argmax(targets, -1), ops.argmax(activated, -1), known)

    return IoU(num_classes, list(classes or range(num_classes)), name=name)
