"""Exactly one of several classes."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import numpy as np

from hydranet.errors import ConfigError, DataError
from hydranet.settings import PositiveFloat
from hydranet.tasks._class_balance import balanced_weights, sampled_weights, unequal_notes
from hydranet.tasks._classes import check_classes, index_of
from hydranet.tasks._convex import ConvexLoss, SigmoidCrossEntropy, SoftmaxCrossEntropy
from hydranet.tasks._judgement import Choices
from hydranet.tasks._metrics import ACCURACY, Metric
from hydranet.tasks._prediction import Prediction
from hydranet.tasks._probabilities import sigmoid, softmax
from hydranet.tasks._seed import task_seed
from hydranet.tasks._task import Task


@dataclass(frozen=True, kw_only=True)
class SingleLabel(Task):
    """Exactly one of several classes. Two classes share one output: the log-odds of the second.

    Args:
        name: matches `[a-z][a-z0-9_]*`.
        data: where the examples come from.
        classes: the class names in the order of the outputs; those of the training data where not given.
        class_weights: `balanced` weighs every class alike however many examples it has; or a weight by class.
        class_prior: how frequent the classes are where the head is used, if otherwise than in training: `equal`, or a
            share by class. The head learns from all examples as they are, and its outputs are shifted by what the
            shares differ (Menon et al., Long-Tail Learning via Logit Adjustment, 2021, arXiv:2007.07314).
        sampling: `over` repeats examples of rare classes, `under` leaves out those of frequent ones, until all classes
            have equally many. One of the three is enough.
        training_shares: of each class among the training examples, for `class_prior`; taken from them.
        head: the layers between features and outputs.
        loss_weight, sampling_weight, tail: of joint training; see `Task`.
        when, when_above: the classes of other tasks for which alone it is answered; always by default; see `Task`.

    Example:
        >>> task = SingleLabel(name="cats_dogs", classes=("cat", "dog"))
        >>> task.num_outputs, task.encode(["dog", "cat"]).tolist()
        (1, [1, 0])
        >>> task.decode(np.array([[2.0]]))[0].label
        'dog'
    """

    classes: tuple[str, ...] = ()
    class_weights: Literal["balanced"] | dict[str, PositiveFloat] | None = None
    class_prior: Literal["equal"] | dict[str, PositiveFloat] | None = None
    sampling: Literal["over", "under"] | None = None
    training_shares: tuple[PositiveFloat, ...] = ()
    kind: Literal["single_label"] = field(default="single_label", repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_classes(self.name, self.classes, at_least=2)
        given = [
            name for name in ("class_weights", "class_prior", "sampling") if getattr(self, name) is not None
        ]
        if len(given) > 1:
            raise ConfigError(
                f"The task {self.name!r} has {' and '.join(given)}: expected one of them, as each "
                "makes up for the same."
            )
        if given and not self.head.is_trained:
            raise ConfigError(
                f"The task {self.name!r} has {given[0]}, but its head comes trained: leave {given[0]} out."
            )

    @property
    def num_outputs(self) -> int:
        """1 for two classes, else the number of classes."""
        return 1 if len(self.classes) == 2 else len(self.classes)

    @property
    def is_resolved(self) -> bool:
        """Whether the classes are known."""
        return bool(self.classes)

    def resolve(self, labels: Iterable[str]) -> Self:
        """Take the classes from the labels, sorted by name, if none are given; see `Task.resolve`."""
        labels = list(labels)
        found = self._checked(labels)
        if len(found) < 2:
            raise DataError(
                f"The task {self.name!r} has pictures of one class only ({', '.join(sorted(found)) or 'none'}): "
                "expected at least two."
            )
        task = self if self.classes else dataclasses.replace(self, classes=tuple(sorted(found)))
        without = [name for name in task.classes if name not in found]
        if without:
            raise DataError(
                f"The task {self.name!r} has no training picture of: {', '.join(without)}. "
                "Add some, or leave the class out."
            )
        for field_name in ("class_weights", "class_prior"):
            by_class = getattr(task, field_name)
            for name in by_class if isinstance(by_class, dict) else ():
                index_of(name, task.classes, f"{field_name} of {task.name!r}")
        if task.class_prior is None:
            return task
        counts = Counter(labels)
        shares = tuple(counts[name] / len(labels) for name in task.classes)
        return dataclasses.replace(task, training_shares=shares)

    def classes_of(self, label: str) -> tuple[str, ...]:
        """Return the one class; see `Task.classes_of`."""
        return (label,) if isinstance(label, str) else tuple(label)

    def encode(self, labels: Sequence[str]) -> np.ndarray:
        """Return the index of each class: int32 `(batch,)`."""
        index = {name: i for i, name in enumerate(self.classes)}
        for label in set(labels) - set(index):
            index_of(label, self.classes, f"the task {self.name!r}")
        return np.fromiter((index[label] for label in labels), np.int32, len(labels))

    def targets(self, labels: np.ndarray) -> np.ndarray:
        """Return 0 or 1 for two classes, one-hot rows for more."""
        if self.num_outputs == 1:
            return np.asarray(labels, np.float32)[:, None]
        targets = np.zeros((len(labels), self.num_outputs), np.float32)
        targets[np.arange(len(labels)), labels] = 1
        return targets

    def loss(self, labels: Any, outputs: Any) -> Any:
        """Return the cross-entropy; see `Task.loss`."""
        import keras

        if self.num_outputs == 1:
            return keras.losses.binary_crossentropy(labels[:, None], outputs, from_logits=True)
        return keras.losses.sparse_categorical_crossentropy(labels, outputs, from_logits=True)

    @property
    def convex_loss(self) -> ConvexLoss:
        """The cross-entropy; see `Task.convex_loss`."""
        return SigmoidCrossEntropy() if self.num_outputs == 1 else SoftmaxCrossEntropy()

    def last_layer(self, kernel: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what the second of two classes has more than the first; see `Task.last_layer`."""
        if self.num_outputs == 1 and len(bias) == 2:
            return kernel[:, 1:] - kernel[:, :1], bias[1:] - bias[:1]
        return kernel, bias

    def activate(self, outputs: np.ndarray) -> np.ndarray:
        """Return the probability of the second of two classes, or of each of more; see `Task.activate`."""
        return (sigmoid if self.num_outputs == 1 else softmax)(np.asarray(outputs))

    def metrics(self) -> list[Any]:
        """Return accuracy, and AUC for two classes or top-5 accuracy for more than ten."""
        import keras

        if self.num_outputs == 1:
            return [keras.metrics.BinaryAccuracy(name="accuracy"), keras.metrics.AUC(name="auc")]
        metrics = [keras.metrics.CategoricalAccuracy(name="accuracy")]
        if self.num_outputs > 10:
            metrics.append(keras.metrics.TopKCategoricalAccuracy(5, name="top_5_accuracy"))
        return metrics

    def decode(self, outputs: np.ndarray, top_k: int = 5) -> list[Prediction]:
        """Return the most probable class of each row; see `Task.decode`."""
        probabilities = self.scores(outputs)
        best = np.argsort(-probabilities, axis=1, kind="stable")[:, :top_k]
        rows = zip(best.tolist(), probabilities[np.arange(len(best))[:, None], best].tolist(), strict=True)
        tops = [tuple(zip(map(self.classes.__getitem__, order), row, strict=True)) for order, row in rows]
        return [Prediction(label=top[0][0], probability=top[0][1], top=top) for top in tops]

    def scores(self, outputs: np.ndarray) -> np.ndarray:
        """Return the probability of each class, of two classes too; see `Task.scores`."""
        probabilities = super().scores(outputs)
        if self.num_outputs > 1:
            return probabilities
        return np.concatenate([1 - probabilities, probabilities], axis=1)

    def score_tensors(self, outputs: Any) -> Any:
        """Return the same as tensors; see `Task.score_tensors`."""
        from keras import ops

        if self.num_outputs > 1:
            return ops.softmax(outputs)
        probabilities = ops.sigmoid(outputs)
        return ops.concatenate([1 - probabilities, probabilities], axis=-1)

    def activated(self, scores: np.ndarray) -> np.ndarray:
        """Return the probability of the second of two classes, or of each of more; see `Task.activated`."""
        return scores[:, -self.num_outputs :]

    def evidence(self, outputs: Any) -> Any:
        """Return the log-odds of each class; see `Task.evidence`."""
        from keras import ops

        return outputs if self.num_outputs > 1 else ops.concatenate([-outputs, outputs], axis=-1)

    def present(self, outputs: np.ndarray) -> np.ndarray:
        """Return True for the most probable class of each row, the first of equal ones; see `Task.present`."""
        return self._one_hot(self.scores(outputs).argmax(axis=1))

    def any_present(
        self, outputs: np.ndarray, columns: Sequence[int], above: float | None = None
    ) -> np.ndarray:
        """Return where one class is the answer, or several together are more probable than not; see `Task.any_present`.

        Of many classes each may have little of what they have together: a dog of a breed that resembles others.
        """
        if above is None and len(columns) == 1:
            return super().any_present(outputs, columns)
        together = self.scores(outputs)[:, columns].sum(axis=1)
        return np.asarray(together > (0.5 if above is None else above))

    def labelled(self, labels: np.ndarray) -> np.ndarray:
        """Return True for the class of each label; see `Task.labelled`."""
        return self._one_hot(labels)

    def describe(self) -> dict[str, Any]:
        """Add that the scores are probabilities; see `Task.describe`."""
        return {
            **super().describe(),
            "activation": "sigmoid" if self.num_outputs == 1 else "softmax",
            "meaning": "probabilities, in the order of the classes",
        }

    @property
    def main_metric(self) -> Metric:
        """Accuracy."""
        return ACCURACY

    def judge(self, labels: np.ndarray, outputs: np.ndarray) -> Choices:
        """Return one decision about each picture: for the most probable class; see `Task.judge`."""
        scores = self.scores(outputs)
        return Choices(
            self.classes,
            np.asarray(labels)[:, None],
            scores.argmax(axis=1)[:, None],
            scores.max(axis=1)[:, None].astype(np.float64),
            ranking=outputs[:, 0] if self.num_outputs == 1 else None,
        )

    def example_weights(self, labels: np.ndarray) -> np.ndarray:
        """Weigh each example by its class, as `class_weights` or `sampling` asks; see `Task.example_weights`."""
        if self.sampling is not None:
            weights = sampled_weights(labels, self.sampling, task_seed(0, self.name))
        elif self.class_weights == "balanced":
            weights = balanced_weights(labels)
        elif self.class_weights is not None:
            weights = self._by_class(self.class_weights)[labels]
        else:
            return super().example_weights(labels)
        return (weights / weights.mean()).astype(np.float32)

    @property
    def output_offsets(self) -> np.ndarray | None:
        """What the classes' shares where it is used differ from those in training; see `Task.output_offsets`."""
        if self.class_prior is None or not self.training_shares:
            return None
        wanted = self._by_class({} if self.class_prior == "equal" else self.class_prior)
        offsets = np.log(wanted / wanted.sum()) - np.log(self.training_shares)
        return (offsets[1:] - offsets[:1] if self.num_outputs == 1 else offsets).astype(np.float32)

    def label_notes(self, labels: Sequence[Any]) -> list[str]:
        """Add whether the classes are very unequal and nothing makes up for it; see `Task.label_notes`."""
        notes = super().label_notes(labels)
        if (self.class_weights, self.class_prior, self.sampling) != (None, None, None):
            return notes
        return [*notes, *unequal_notes(Counter(name for label in labels for name in self.classes_of(label)))]

    def _by_class(self, values: Mapping[str, float]) -> np.ndarray:
        """Return a value for each class, 1 where none is given."""
        return np.array([values.get(name, 1.0) for name in self.classes])

    def _checked(self, labels: Iterable[str]) -> set[str]:
        """Return the different labels, each of which must name one class."""
        found = set(labels)
        several = [label for label in found if not isinstance(label, str)]
        if several:
            raise DataError(
                f"The task {self.name!r} has pictures with several classes or none, such as {list(several[0])}: "
                "expected one each. Give it the kind multi_label, or leave `label_separator` out."
            )
        return found

    def _one_hot(self, indices: np.ndarray) -> np.ndarray:
        return np.asarray(indices)[:, None] == np.arange(len(self.classes))
