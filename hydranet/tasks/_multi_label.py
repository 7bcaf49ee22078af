"""Any number of classes at once."""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import numpy as np

from hydranet.errors import ConfigError, DataError
from hydranet.settings import PositiveShare, Share
from hydranet.tasks._classes import check_classes, index_of
from hydranet.tasks._convex import ConvexLoss, SigmoidCrossEntropy
from hydranet.tasks._judgement import Choices
from hydranet.tasks._metrics import ACCURACY, Metric
from hydranet.tasks._prediction import Prediction
from hydranet.tasks._probabilities import sigmoid
from hydranet.tasks._task import Task
from hydranet.tasks._thresholds import choose_threshold


@dataclass(frozen=True, kw_only=True)
class MultiLabel(Task):
    """Any number of classes at once, each with an output of its own. In a CSV they are separated by `|`, or as it says.

    Args:
        name: matches `[a-z][a-z0-9_]*`.
        data: where the examples come from.
        classes: the class names in the order of the outputs; those of the training data where not given.
        threshold: the probability above which a class is present: a number in [0, 1], or `f1`, by which each class gets
            that with the highest F1 on training pictures that did not train the head.
        precision: in place of the highest F1, the wanted share of right ones among the pictures that are said to have
            a class: each gets the lowest threshold that has it.
        thresholds: of each class, in the order of `classes`, as they were chosen; one half where none are.
        head: the layers between features and outputs.
        loss_weight, sampling_weight, tail: of joint training; see `Task`.
        when: the classes of other tasks for which alone it is answered; always by default; see `Task`.

    Example:
        >>> task = MultiLabel(name="weather", classes=("rain", "snow", "sun"))
        >>> task.encode(["rain|sun", "snow"]).tolist()
        [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """

    classes: tuple[str, ...] = ()
    threshold: Literal["f1"] | Share = "f1"
    precision: PositiveShare | None = None
    thresholds: tuple[Share, ...] = ()
    kind: Literal["multi_label"] = field(default="multi_label", repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_classes(self.name, self.classes, at_least=1)
        if self.precision is not None and self.threshold != "f1":
            raise ConfigError(
                f"{self.name!r} has both a threshold, {self.threshold}, and a precision, {self.precision}, by which "
                "thresholds would be chosen: leave one of them out."
            )
        if len(self.thresholds) not in {0, len(self.classes)}:
            raise ConfigError(
                f"{self.name!r} has {len(self.thresholds)} thresholds for {len(self.classes)} classes: leave them out."
            )

    @property
    def num_outputs(self) -> int:
        """One for each class."""
        return len(self.classes)

    @property
    def is_resolved(self) -> bool:
        """Whether the classes are known."""
        return bool(self.classes)

    def resolve(self, labels: Iterable[str]) -> Self:
        """Take the classes from the labels, sorted by name, if none are given; see `Task.resolve`."""
        found = {name for label in labels for name in _split_labels(label)}
        if not found:
            raise DataError(f"The task {self.name!r} has no labelled training picture.")
        return self if self.classes else dataclasses.replace(self, classes=tuple(sorted(found)))

    def classes_of(self, label: str | Sequence[str]) -> tuple[str, ...]:
        """Return the classes that it names; see `Task.classes_of`."""
        return tuple(_split_labels(label))

    def encode(self, labels: Sequence[str]) -> np.ndarray:
        """Return 1 for each class that is present: float32 `(batch, num_classes)`."""
        encoded = np.zeros((len(labels), len(self.classes)), np.float32)
        for row, label in enumerate(labels):
            for name in _split_labels(label):
                encoded[row, index_of(name, self.classes, f"the task {self.name!r}")] = 1.0
        return encoded

    def targets(self, labels: np.ndarray) -> np.ndarray:
        """Return the labels as they are."""
        return np.asarray(labels, np.float32)

    def loss(self, labels: Any, outputs: Any) -> Any:
        """Return the cross-entropy, averaged over the classes; see `Task.loss`."""
        import keras

        return keras.losses.binary_crossentropy(labels, outputs, from_logits=True)

    @property
    def convex_loss(self) -> ConvexLoss:
        """The cross-entropy, summed over the classes; see `Task.convex_loss`."""
        return SigmoidCrossEntropy()

    def activate(self, outputs: np.ndarray) -> np.ndarray:
        """Return the probability of each class; see `Task.activate`."""
        return sigmoid(np.asarray(outputs))

    @property
    def _limits(self) -> np.ndarray:
        """The probability above which each class is present: float32 `(num_classes,)`."""
        number = 0.5 if self.threshold == "f1" else self.threshold
        return np.array(self.thresholds or [number] * len(self.classes), np.float32)

    def settled(self, labels: np.ndarray, outputs: np.ndarray) -> Self:
        """Choose the thresholds; see `Task.settled`."""
        if self.threshold != "f1":
            return self
        truth, scores = self.labelled(labels), self.scores(outputs)
        columns = range(len(self.classes))
        chosen = [choose_threshold(truth[:, each], scores[:, each], self.precision) for each in columns]
        return dataclasses.replace(self, thresholds=tuple(chosen))

    def metrics(self) -> list[Any]:
        """Return accuracy (share of right yes-or-no answers) and the AUC averaged over the classes."""
        import keras

        limits = self._limits

        def right(targets: Any, probabilities: Any) -> Any:
            answers = keras.ops.greater(probabilities, limits)
            return keras.ops.mean(keras.ops.equal(answers, keras.ops.greater(targets, 0.5)), axis=-1)

        return [
            keras.metrics.MeanMetricWrapper(right, name="accuracy"),
            keras.metrics.AUC(multi_label=True, num_labels=self.num_outputs, name="auc"),
        ]

    def decode(self, outputs: np.ndarray, top_k: int = 5) -> list[Prediction]:
        """Return the classes with a probability above their threshold; see `Task.decode`."""
        predictions = []
        for row, present in zip(self.scores(outputs), self.present(outputs), strict=True):
            order = np.argsort(-row, kind="stable")[:top_k]
            label = tuple(self.classes[i] for i in np.flatnonzero(present))
            predictions.append(
                Prediction(label=label, top=tuple((self.classes[i], float(row[i])) for i in order))
            )
        return predictions

    def present(self, outputs: np.ndarray) -> np.ndarray:
        """Return True for each class with a probability above its threshold; see `Task.present`."""
        return np.asarray(self.scores(outputs) > self._limits)

    def labelled(self, labels: np.ndarray) -> np.ndarray:
        """Return True for each class that a label names; see `Task.labelled`."""
        return np.asarray(labels) > 0.5

    def score_tensors(self, outputs: Any) -> Any:
        """Return the probability of each class as tensors; see `Task.score_tensors`."""
        from keras import ops

        return ops.sigmoid(outputs)

    def evidence(self, outputs: Any) -> Any:
        """Return the log-odds of each class; see `Task.evidence`."""
        return outputs

    def describe(self) -> dict[str, Any]:
        """Add that the scores are probabilities; see `Task.describe`."""
        return {
            **super().describe(),
            "activation": "sigmoid",
            "meaning": "probabilities, in the order of the classes; a class is present above its threshold",
            "thresholds": [round(float(limit), 6) for limit in self._limits],
        }

    @property
    def main_metric(self) -> Metric:
        """The share of right yes-or-no answers."""
        return ACCURACY

    def judge(self, labels: np.ndarray, outputs: np.ndarray) -> Choices:
        """Return a decision about each class: whether it is present; see `Task.judge`."""
        probabilities, present = self.scores(outputs).astype(np.float64), self.present(outputs)
        confidence = np.where(present, probabilities, 1 - probabilities)
        truth, answer = self.labelled(labels).astype(int), present.astype(int)
        return Choices(("absent", "present"), truth, answer, confidence, about=self.classes)


def _split_labels(label: str | Sequence[str]) -> list[str]:
    """Return the classes that a label names: a text with `|` between them, or the classes themselves."""
    if not isinstance(label, str):
        return list(label)
    return [name for name in (part.strip() for part in label.split("|")) if name]
