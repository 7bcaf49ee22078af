"""A kind of task of one's own: a label for each pixel (Long, Shelhamer, Darrell, 2015, arXiv:1411.4038).

A label is a mask: a picture file with the index of a class at each pixel, or an array of them.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from PIL import Image

from hydranet import ConfigError, DataError, Prediction, Task
from hydranet.settings import PositiveInt
from hydranet.tasks import ACCURACY, Choices

UNLABELLED = 255


@dataclass(frozen=True, kw_only=True)
class PixelLabel(Task):
    """One of several classes at each pixel; 255 in a mask is a pixel without a label, which counts nowhere.

    Args:
        classes: their names, in the order of the indices in masks.
        map_size: `(height, width)` of the answers; masks are brought to it.
    """

    classes: tuple[str, ...] = ()
    map_size: tuple[PositiveInt, PositiveInt] = (32, 32)
    kind: Literal["pixel_label"] = field(default="pixel_label", repr=False)
    labels_are_maps: ClassVar[bool] = True

    @property
    def num_outputs(self):
        return len(self.classes)

    @property
    def output_shape(self):
        return (*self.map_size, self.num_outputs)

    @property
    def is_resolved(self):
        return bool(self.classes)

    @property
    def main_metric(self):
        return ACCURACY

    def resolve(self, labels):
        if not self.classes:
            raise ConfigError(
                f"Masks of {self.name!r} hold indices of classes: give their names as `classes`."
            )
        return self

    def encode(self, labels):
        return np.array([self._mask(label) for label in labels]).reshape(-1, *self.map_size)

    def _mask(self, label):
        if isinstance(label, np.ndarray):
            name, mask = "a mask", Image.fromarray(label.astype(np.uint8))
        elif Path(label).is_file():
            name, mask = str(label), Image.open(label)
        else:
            raise DataError(f"There is no mask {label}: expected a file, or an array of indices.")
        values = np.asarray(mask.resize(self.map_size[::-1], Image.Resampling.NEAREST))
        known = values != UNLABELLED
        if values.ndim != 2 or not known.any() or values[known].max() >= self.num_outputs:
            raise DataError(
                f"{name} is no mask of {self.name!r}: received values {np.unique(values).tolist()[:10]} of shape "
                f"{values.shape}, expected at each pixel the index of one of {self.num_outputs} classes, or 255."
            )
        return values

    def targets(self, labels):
        """Return one-hot vectors, and zeros where there is no label."""
        return (labels[..., None] == np.arange(self.num_outputs)).astype(np.float32)

    def loss(self, labels, outputs):
        from keras import ops

        known = ops.cast(ops.not_equal(labels, UNLABELLED), "float32")
        classes = ops.where(ops.equal(labels, UNLABELLED), 0, ops.cast(labels, "int32"))
        losses = -ops.sum(ops.one_hot(classes, self.num_outputs) * ops.log_softmax(outputs), axis=-1)
        return ops.sum(losses * known, axis=(1, 2)) / ops.sum(known, axis=(1, 2))

    def output_layers(self):
        """Return what brings the map of any head to the size of the answers."""
        import keras

        return [keras.layers.Resizing(*self.map_size)]

    def activate(self, outputs):
        powers = np.exp(outputs - np.max(outputs, axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)

    def score_tensors(self, outputs):
        from keras import ops

        return ops.softmax(outputs)

    def evidence(self, outputs):
        return outputs

    def present(self, outputs):
        return self._anywhere(outputs.argmax(axis=-1))

    def labelled(self, labels):
        return self._anywhere(labels)

    def _anywhere(self, indices):
        return (indices[..., None] == np.arange(self.num_outputs)).any(axis=(1, 2))

    def decode(self, outputs, top_k=5):
        predictions = []
        for scores, present in zip(self.scores(outputs), self.present(outputs), strict=True):
            means = scores.mean(axis=(0, 1))
            top = tuple((self.classes[i], float(means[i])) for i in np.argsort(-means, kind="stable")[:top_k])
            label = tuple(name for name, there in zip(self.classes, present, strict=True) if there)
            predictions.append(Prediction(label, top=top, map=scores.argmax(axis=-1).astype(np.uint8)))
        return predictions

    def draw(self, activated):
        """Return a colour for each class, as strong as it is sure."""
        hues = np.linspace(0, 255, self.num_outputs, endpoint=False).astype(np.uint8)
        colours = np.stack([hues, np.full_like(hues, 255), np.full_like(hues, 255)], axis=-1)
        rgb = np.asarray(Image.fromarray(colours[activated.argmax(axis=-1)], "HSV").convert("RGB"))
        return np.concatenate([rgb, (140 * activated.max(axis=-1, keepdims=True)).astype(np.uint8)], axis=-1)

    def describe(self):
        return {**super().describe(), "meaning": "probabilities at each pixel, in the order of the classes"}

    def metrics(self):
        return [_accuracy(), _iou("mean_iou", self.num_outputs), *self._iou_of_classes()]

    def _iou_of_classes(self):
        return [_iou(f"iou_{name}", self.num_outputs, [index]) for index, name in enumerate(self.classes)]

    def judge(self, labels, outputs):
        scores, pixels = self.scores(outputs), (len(labels), -1)
        truth = np.where(labels == UNLABELLED, -1, labels.astype(int)).reshape(pixels)
        answer, confidence = scores.argmax(axis=-1).reshape(pixels), scores.max(axis=-1).reshape(pixels)
        return Choices(self.classes, truth, answer, confidence.astype(np.float64), unit="pixels")


def _accuracy():
    """Return the share of right pixels, averaged over pictures."""
    import keras
    from keras import ops

    def accuracy(targets, activated):
        known = ops.sum(targets, axis=-1)
        right = ops.cast(ops.equal(ops.argmax(targets, -1), ops.argmax(activated, -1)), "float32")
        return ops.sum(right * known, axis=(1, 2)) / ops.sum(known, axis=(1, 2))

    return keras.metrics.MeanMetricWrapper(accuracy, name="accuracy")


def _iou(name, num_classes, of=None):
    """Return the intersection over the union, of one class or averaged over all, of all pictures together."""
    import keras
    from keras import ops

    class IoU(keras.metrics.IoU):
        def update_state(self, targets, activated):
            known = ops.cast(ops.sum(targets, axis=-1), "int32")
            return super().update_state(ops.argmax(targets, -1), ops.argmax(activated, -1), known)

    return IoU(num_classes, of or list(range(num_classes)), name=name)
