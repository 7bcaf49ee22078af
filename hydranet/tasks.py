"""The kinds of task and what each can do: build its head, its loss and metrics, encode and decode labels.

A task is data: a frozen dataclass whose fields are its config. It holds no weights and no pictures. Names of
arrays: `labels` are the truth as `encode` gives it, `outputs` what the head gives, `targets` the labels in the
shape of the outputs.
"""

import dataclasses
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Self

import numpy as np
from scipy.special import expit, softmax

from hydranet.data.sources import Source
from hydranet.errors import ConfigError, DataError
from hydranet.heads import Head, Linear
from hydranet.naming import check_task_name, nearest_match
from hydranet.variants import Variant

Activation = Literal["identity", "sigmoid", "softmax"]


@dataclass(frozen=True)
class Prediction:
    """One task's decoded answer for one picture.

    Args:
        label: the class; the classes present, for a multi-label task; the number, for a regression.
        probability: of `label`, in [0, 1]; None for multi-label tasks and regressions.
        top: the most probable classes and their probabilities, best first.

    Example:
        >>> Prediction("dog", 0.75, top=(("dog", 0.75), ("cat", 0.25))).label
        'dog'
    """

    label: str | tuple[str, ...] | float
    probability: float | None = None
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Task(Variant):
    """One question about a picture; a kind of one's own is a frozen dataclass below it, with its own `kind`.

    `hydranet.testing.check_task` checks that it keeps the contract.

    Example:
        >>> Task.variants()["multi_label"].__name__
        'MultiLabel'
    """

    name: str
    data: Source | None = None
    head: Head = field(default_factory=Linear)

    activation: ClassVar[Activation]

    def __post_init__(self) -> None:
        check_task_name(self.name)

    @property
    @abstractmethod
    def num_outputs(self) -> int:
        """How many outputs the head has."""

    @property
    @abstractmethod
    def is_resolved(self) -> bool:
        """Whether everything that the head needs to know of the labels is known."""

    @abstractmethod
    def resolve(self, labels: Iterable[str]) -> Self:
        """Return this task with what its config left open, such as the classes, taken from training labels."""

    @abstractmethod
    def encode(self, labels: Sequence[str]) -> np.ndarray:
        """Turn labels as the source has them into an array with one row per label."""

    @abstractmethod
    def targets(self, labels: np.ndarray) -> np.ndarray:
        """Return encoded labels as float32 `(batch, num_outputs)`: what perfect activated outputs would be."""

    @abstractmethod
    def loss(self, labels: Any, outputs: Any) -> Any:
        """Return the loss of each example: float32 `(batch,)`, from labels and raw outputs as tensors."""

    @abstractmethod
    def metrics(self) -> list[Any]:
        """Return new Keras metrics, to be updated with `targets` and activated outputs."""

    @abstractmethod
    def decode(self, outputs: np.ndarray, top_k: int = 5) -> list[Prediction]:
        """Turn raw outputs `(batch, num_outputs)` into predictions."""

    def example_weights(self, labels: np.ndarray) -> np.ndarray:
        """Return the weight of each training example in the loss: float32 `(batch,)`, with a mean of 1."""
        return np.ones(len(labels), np.float32)

    def build_head(self, feature_shape: tuple[int, ...]) -> Any:
        """Return a new head for features of this shape (without the batch axis): a built `keras.Sequential`.

        Raises:
            ConfigError: the head can't work on such features, or the task's classes are not known yet.
        """
        import keras

        if not self.is_resolved:
            raise ConfigError(
                f"The task {self.name!r} has no classes yet: give `classes`, or train it on data."
            )
        self.head.check_features(feature_shape)
        layers = self.head.layers(self.num_outputs, feature_shape) + self._output_layers()
        head = keras.Sequential(layers, name=self.name)
        head.build((None, *feature_shape))
        if head.output_shape != (None, self.num_outputs):
            raise ConfigError(
                f"The head of {self.name!r} gives outputs of shape {head.output_shape}: "
                f"expected (None, {self.num_outputs})."
            )
        return head

    def activate(self, outputs: np.ndarray) -> np.ndarray:
        """Turn raw outputs into probabilities (or leave them, for a regression): same shape and dtype."""
        outputs = np.asarray(outputs)
        if self.activation == "sigmoid":
            return expit(outputs)
        return softmax(outputs, axis=-1) if self.activation == "softmax" else outputs

    def _output_layers(self) -> list[Any]:
        return []


@dataclass(frozen=True, kw_only=True)
class SingleLabel(Task):
    """Exactly one of several classes. Two classes share one output: the log-odds of the second.

    Args:
        name: matches `[a-z][a-z0-9_]*`.
        data: where the examples come from.
        classes: the class names in the order of the outputs; those of the training data where not given.
        class_weights: `balanced` weighs every class alike however many examples it has; or a weight by class.
        head: the layers between features and outputs.

    Example:
        >>> task = SingleLabel(name="cats_dogs", classes=("cat", "dog"))
        >>> task.num_outputs, task.encode(["dog", "cat"]).tolist()
        (1, [1, 0])
        >>> task.decode(np.array([[2.0]]))[0].label
        'dog'
    """

    classes: tuple[str, ...] = ()
    class_weights: Literal["balanced"] | dict[str, float] | None = None
    kind: Literal["single_label"] = field(default="single_label", repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_classes(self.name, self.classes, at_least=2)
        if isinstance(self.class_weights, dict):
            bad = [name for name, value in self.class_weights.items() if not 0 < value < float("inf")]
            if bad:
                raise ConfigError(f"class_weights of {self.name!r} must be above 0: see {', '.join(bad)}.")

    @property
    def activation(self) -> Activation:  # type: ignore[override]
        """`sigmoid` for two classes, `softmax` for more."""
        return "sigmoid" if len(self.classes) == 2 else "softmax"

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
        found = set(labels)
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
        if isinstance(task.class_weights, dict):
            for name in task.class_weights:
                _index_of(name, task.classes, f"class_weights of {task.name!r}")
        return task

    def encode(self, labels: Sequence[str]) -> np.ndarray:
        """Return the index of each class: int32 `(batch,)`."""
        index = {name: i for i, name in enumerate(self.classes)}
        for label in set(labels) - set(index):
            _index_of(label, self.classes, f"the task {self.name!r}")
        return np.fromiter((index[label] for label in labels), np.int32, len(labels))

    def targets(self, labels: np.ndarray) -> np.ndarray:
        """Return 0 or 1 for two classes, one-hot rows for more."""
        if self.num_outputs == 1:
            return np.asarray(labels, np.float32)[:, None]
        return np.eye(self.num_outputs, dtype=np.float32)[labels]

    def loss(self, labels: Any, outputs: Any) -> Any:
        """Return the cross-entropy; see `Task.loss`."""
        import keras

        if self.num_outputs == 1:
            return keras.losses.binary_crossentropy(labels[:, None], outputs, from_logits=True)
        return keras.losses.sparse_categorical_crossentropy(labels, outputs, from_logits=True)

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
        probabilities = self.activate(outputs)
        if self.num_outputs == 1:
            probabilities = np.concatenate([1 - probabilities, probabilities], axis=1)
        best = np.argsort(-probabilities, axis=1, kind="stable")[:, :top_k]
        predictions = []
        for row, order in zip(probabilities, best, strict=True):
            top = tuple((self.classes[i], float(row[i])) for i in order)
            predictions.append(Prediction(label=top[0][0], probability=top[0][1], top=top))
        return predictions

    def example_weights(self, labels: np.ndarray) -> np.ndarray:
        """Weigh each example by its class, as `class_weights` asks; see `Task.example_weights`."""
        if self.class_weights is None:
            return super().example_weights(labels)
        if self.class_weights == "balanced":
            counts = Counter(labels.tolist())
            by_class = {i: 1 / count for i, count in counts.items()}
        else:
            by_class = {i: self.class_weights.get(name, 1.0) for i, name in enumerate(self.classes)}
        weights = np.array([by_class[i] for i in labels.tolist()], np.float32)
        return weights / weights.mean()


@dataclass(frozen=True, kw_only=True)
class MultiLabel(Task):
    """Any number of classes at once, each with an output of its own. In a CSV they are separated by `|`.

    Args:
        name: matches `[a-z][a-z0-9_]*`.
        data: where the examples come from.
        classes: the class names in the order of the outputs; those of the training data where not given.
        head: the layers between features and outputs.

    Example:
        >>> task = MultiLabel(name="weather", classes=("rain", "snow", "sun"))
        >>> task.encode(["rain|sun", "snow"]).tolist()
        [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """

    classes: tuple[str, ...] = ()
    kind: Literal["multi_label"] = field(default="multi_label", repr=False)

    activation: ClassVar[Activation] = "sigmoid"

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_classes(self.name, self.classes, at_least=1)

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

    def encode(self, labels: Sequence[str]) -> np.ndarray:
        """Return 1 for each class that is present: float32 `(batch, num_classes)`."""
        encoded = np.zeros((len(labels), len(self.classes)), np.float32)
        for row, label in enumerate(labels):
            for name in _split_labels(label):
                encoded[row, _index_of(name, self.classes, f"the task {self.name!r}")] = 1.0
        return encoded

    def targets(self, labels: np.ndarray) -> np.ndarray:
        """Return the labels as they are."""
        return np.asarray(labels, np.float32)

    def loss(self, labels: Any, outputs: Any) -> Any:
        """Return the cross-entropy, averaged over the classes; see `Task.loss`."""
        import keras

        return keras.losses.binary_crossentropy(labels, outputs, from_logits=True)

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
        for row in self.activate(outputs):
            order = np.argsort(-row, kind="stable")[:top_k]
            present = tuple(name for name, value in zip(self.classes, row, strict=True) if value > 0.5)
            predictions.append(
                Prediction(label=present, top=tuple((self.classes[i], float(row[i])) for i in order))
            )
        return predictions


@dataclass(frozen=True, kw_only=True)
class Regression(Task):
    """A number. The head learns it on a standard scale; its outputs are in the unit of the labels.

    Args:
        name: matches `[a-z][a-z0-9_]*`.
        data: where the examples come from.
        mean: of the labels; that of the training labels where not given.
        standard_deviation: likewise.
        head: the layers between features and outputs.

    Example:
        >>> Regression(name="age").encode(["31.5", "8"]).tolist()
        [31.5, 8.0]
    """

    mean: float | None = None
    standard_deviation: float | None = None
    kind: Literal["regression"] = field(default="regression", repr=False)

    activation: ClassVar[Activation] = "identity"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.standard_deviation is not None and not self.standard_deviation > 0:
            raise ConfigError(f"standard_deviation must be above 0: received {self.standard_deviation}.")

    @property
    def num_outputs(self) -> int:
        """One."""
        return 1

    @property
    def is_resolved(self) -> bool:
        """Whether the scale of the labels is known."""
        return self.mean is not None and self.standard_deviation is not None

    def resolve(self, labels: Iterable[str]) -> Self:
        """Take mean and standard deviation from the labels if they are not given; see `Task.resolve`."""
        values = self.encode(list(labels)).astype(np.float64)
        if not len(values) or values.min() == values.max():
            raise DataError(f"The task {self.name!r} needs at least two different training labels.")
        return dataclasses.replace(
            self,
            mean=float(values.mean()) if self.mean is None else self.mean,
            standard_deviation=float(values.std())
            if self.standard_deviation is None
            else self.standard_deviation,
        )

    def encode(self, labels: Sequence[str]) -> np.ndarray:
        """Return the numbers: float32 `(batch,)`."""
        values = np.empty(len(labels), np.float32)
        for row, label in enumerate(labels):
            try:
                values[row] = float(label)
            except ValueError:
                values[row] = np.nan
            if not np.isfinite(values[row]):
                raise DataError(f"The label {label!r} of the task {self.name!r} is not a finite number.")
        return values

    def targets(self, labels: np.ndarray) -> np.ndarray:
        """Return the numbers as a column."""
        return np.asarray(labels, np.float32)[:, None]

    def standardise(self, values: np.ndarray) -> np.ndarray:
        """Return values in the unit of the labels on the scale that the head learns: mean 0, deviation 1."""
        mean, deviation = self._scale()
        return (values - np.float32(mean)) / np.float32(deviation)

    def loss(self, labels: Any, outputs: Any) -> Any:
        """Return the squared error in units of the labels' standard deviation; see `Task.loss`."""
        import keras

        return keras.ops.square((outputs[:, 0] - labels) / self._scale()[1])

    def metrics(self) -> list[Any]:
        """Return mean absolute error, root mean squared error, and R²."""
        import keras

        return [
            keras.metrics.MeanAbsoluteError(name="mean_absolute_error"),
            keras.metrics.RootMeanSquaredError(name="root_mean_squared_error"),
            keras.metrics.R2Score(name="r2"),
        ]

    def decode(self, outputs: np.ndarray, top_k: int = 5) -> list[Prediction]:
        """Return the number of each row; see `Task.decode`."""
        return [Prediction(label=float(row[0])) for row in np.asarray(outputs)]

    def _output_layers(self) -> list[Any]:
        import keras

        mean, deviation = self._scale()
        return [keras.layers.Rescaling(deviation, offset=mean)]

    def _scale(self) -> tuple[float, float]:
        if self.mean is None or self.standard_deviation is None:
            raise ConfigError(
                f"The task {self.name!r} has no scale yet: give `mean` and `standard_deviation`."
            )
        return self.mean, self.standard_deviation


def _split_labels(label: str) -> list[str]:
    return [name for name in (part.strip() for part in label.split("|")) if name]


def _check_classes(task_name: str, classes: tuple[str, ...], *, at_least: int) -> None:
    repeated = [name for name, count in Counter(classes).items() if count > 1]
    if repeated:
        raise ConfigError(f"The task {task_name!r} names a class twice: {', '.join(repeated)}.")
    if classes and len(classes) < at_least:
        raise ConfigError(
            f"The task {task_name!r} needs at least {at_least} classes: received {list(classes)}."
        )


def _index_of(label: str, classes: tuple[str, ...], owner: str) -> int:
    if label not in classes:
        listed = ", ".join(classes[:10]) + (", …" if len(classes) > 10 else "")
        raise DataError(
            f"The label {label!r} is not a class of {owner}: expected one of {listed}."
            f"{nearest_match(label, classes)}"
        )
    return classes.index(label)
