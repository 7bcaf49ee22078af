"""A kind of task of one's own: levels in an order, such as how ripe or how damaged, where far off is worse than near.

It is trained on the squared earth mover's distance between what the head says and the truth (Hou, Yu, Samaras, 2016,
arXiv:1611.05916), and judged by how many levels its answers are off.
"""

import dataclasses
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from hydranet import ConfigError, DataError, Prediction, Task
from hydranet.tasks import Choices, Metric

_LEVELS_OFF = Metric("levels_off", larger_is_better=False, unit="levels")


@dataclass(frozen=True, kw_only=True)
class Ordinal(Task):
    """One of several levels; `classes` are their names, from the lowest to the highest."""

    classes: tuple[str, ...] = ()
    kind: Literal["ordinal"] = field(default="ordinal", repr=False)

    @property
    def num_outputs(self):
        return len(self.classes)

    @property
    def is_resolved(self):
        return bool(self.classes)

    @property
    def main_metric(self):
        return _LEVELS_OFF

    def resolve(self, labels):
        if not self.classes:
            raise ConfigError(f"The levels of {self.name!r} have an order: give them as `classes`.")
        return dataclasses.replace(self)

    def encode(self, labels):
        unknown = set(labels) - set(self.classes)
        if unknown:
            raise DataError(f"Unknown levels {sorted(unknown)}: expected some of {list(self.classes)}.")
        return np.array([self.classes.index(label) for label in labels], np.int32)

    def targets(self, labels):
        return np.eye(self.num_outputs, dtype=np.float32)[labels]

    def loss(self, labels, outputs):
        from keras import ops

        said = ops.cumsum(ops.softmax(outputs), axis=-1)
        true = ops.cumsum(ops.one_hot(labels, self.num_outputs), axis=-1)
        return ops.sum(ops.square(said - true), axis=-1)

    def activate(self, outputs):
        powers = np.exp(outputs - np.max(outputs, axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)

    def score_tensors(self, outputs):
        from keras import ops

        return ops.softmax(outputs)

    def evidence(self, outputs):
        return outputs

    def present(self, outputs):
        return self.targets(outputs.argmax(axis=1)) > 0

    def labelled(self, labels):
        return self.targets(labels) > 0

    def decode(self, outputs, top_k=5):
        predictions = []
        for row in self.scores(outputs):
            top = tuple((self.classes[i], float(row[i])) for i in np.argsort(-row, kind="stable")[:top_k])
            predictions.append(Prediction(*top[0], top=top))
        return predictions

    def describe(self):
        return {**super().describe(), "meaning": "probabilities, from the lowest level to the highest"}

    def metrics(self):
        import keras

        def levels_off(targets, activated):
            off = keras.ops.argmax(activated, axis=-1) - keras.ops.argmax(targets, axis=-1)
            return keras.ops.abs(off)

        return [
            keras.metrics.MeanMetricWrapper(levels_off, name="levels_off"),
            keras.metrics.CategoricalAccuracy(name="accuracy"),
        ]

    def judge(self, labels, outputs):
        scores = self.scores(outputs)
        answer = scores.argmax(axis=1)[:, None]
        return Choices(self.classes, labels[:, None], answer, scores.max(axis=1)[:, None].astype(np.float64))

    def metric_values(self, labels, outputs):
        return np.abs(outputs.argmax(axis=1) - labels).astype(np.float64)
