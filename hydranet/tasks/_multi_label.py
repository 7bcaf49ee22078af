"""Any number of classes at once."""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import numpy as np

from hydranet.errors import DataError
from hydranet.tasks._classes import check_classes, index_of
from hydranet.tasks._convex import ConvexLoss, SigmoidCrossEntropy
from hydranet.tasks._judgement import Choices
from hydranet.tasks._metrics import ACCURACY, Metric
from hydranet.tasks._prediction import Prediction
from hydranet.tasks._probabilities import sigmoid
from hydranet.tasks._task import Task


@dataclass(frozen=True, kw_only=True)
class MultiLabel(Task):
    """Any number of classes at once, each with an output of its own. In a CSV they are separated by `|`, or as it says.

    Args:
        name: matches `[a-z][a-z0-9_]*`.
        data: where the examples come from.
        classes: the class names in the order of the outputs; those of the training data where not given.
        head: the layers between features and outputs.
        loss_weight, sampling_weight, tail: of joint training; see `Task`.
        when: the classes of other tasks for which alone it is answered; always by default; see `Task`.

    Example:
        >>> task = MultiLabel(name="weather", classes=("rain", "snow", "sun"))
        >>> task.encode(["rain|sun", "snow"]).tolist()
        [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """

    classes: tuple[str, ...] = ()
    kind: Literal["multi_label"] = field(default="multi_label", repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_classes(self.name, self.classes, at_least=1)

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

    def metrics(self) -> list[Any]:
        """Return accuracy (share of right yes-or-no answers) and the AUC averaged over the classes."""
        import keras

        return [
            keras.metrics.BinaryAccuracy(name="accuracy"),
            keras.metrics.AUC(multi_label=True, num_labels=self.num_outputs, name="auc"),
        ]

    def decode(self, outputs: np.ndarray, top_k: int = 5) -> list[Prediction]:
        """Return the classes with a probability above one half; see `Task.decode`."""
        predictions = []
        for row, present in zip(self.scores(outputs), self.present(outputs), strict=True):
            order = np.argsort(-row, kind="stable")[:top_k]
            label = tuple(self.classes[i] for i in np.flatnonzero(present))
            predictions.append(
                Prediction(label=label, top=tuple((self.classes[i], float(row[i])) for i in order))
            )
        return predictions

    def present(self, outputs: np.ndarray) -> np.ndarray:
        """Return True for each class with a probability above one half; see `Task.present`."""
        return self.scores(outputs) > 0.5

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
        meaning = "probabilities, in the order of the classes"
        return {**super().describe(), "activation": "sigmoid", "meaning": meaning}

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
