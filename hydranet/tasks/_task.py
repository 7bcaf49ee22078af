"""The kinds of task and what each can do: build its head, its loss and metrics, encode and decode labels.

A task is data: a frozen dataclass whose fields are its config. It holds no weights and no pictures. Names of
arrays: `labels` are the truth as `encode` gives it, `outputs` what the head gives, `targets` the labels in the
shape of the outputs.
"""

import re
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Self

import numpy as np

from hydranet.data import Source
from hydranet.errors import ConfigError
from hydranet.heads import Head, Linear
from hydranet.naming import check_task_name
from hydranet.settings import PositiveFloat, Variant

Activation = Literal["identity", "sigmoid", "softmax"]

# The tail group that is not trained.
FROZEN = "frozen"


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

    def __str__(self) -> str:
        """The label and its probability."""
        label = self.label_text(", ")
        return label if self.probability is None else f"{label} {self.probability:.3f}"

    def label_text(self, separator: str) -> str:
        """Return the label as text, several joined by `separator`."""
        if isinstance(self.label, tuple):
            return separator.join(self.label)
        return f"{self.label:.6g}" if isinstance(self.label, float) else self.label


@dataclass(frozen=True, kw_only=True)
class Task(Variant):
    """One question about a picture; a kind of one's own is a frozen dataclass below it, with its own `kind`.

    `hydranet.testing.check_task` checks that it keeps the contract.

    Args:
        name: matches `[a-z][a-z0-9_]*`.
        data: where the examples come from.
        head: the layers between features and outputs.
        loss_weight: of this task's loss in joint training, above 0.
        sampling_weight: how much more often than others its examples are drawn in joint training, above 0.
        tail: which copy of the unfrozen layers it is trained with: `shared`, `own`, `frozen` (the pretrained one,
            which is not trained), or a name that tasks with the same tail have in common.
        when: the gate: one or several classes by the name of another task. The task is answered only for pictures
            for which that task predicts one of them, and so for each task that is named. Training is as without.

    Example:
        >>> Task.variants()["multi_label"].__name__
        'MultiLabel'
    """

    name: str
    data: Source | None = None
    head: Head = field(default_factory=Linear)
    loss_weight: PositiveFloat = 1.0
    sampling_weight: PositiveFloat = 1.0
    tail: str = "shared"
    when: Mapping[str, Sequence[str]] = field(default_factory=dict, hash=False)

    activation: ClassVar[Activation]

    def __post_init__(self) -> None:
        object.__setattr__(self, "when", {name: self._gate(name) for name in self.when})
        super().__post_init__()
        check_task_name(self.name)
        if not re.fullmatch("[a-z][a-z0-9_]*", self.tail):
            raise ConfigError(
                f"tail of {self.name!r} must be shared, own, frozen or a name that matches [a-z][a-z0-9_]*: "
                f"received {self.tail!r}."
            )

    @property
    def tail_group(self) -> str:
        """The name of the group of tasks that share its tail; that of the task itself if it has its own."""
        return self.name if self.tail == "own" else self.tail

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
            small = np.exp(-np.abs(outputs))  # which never overflows
            return np.where(outputs >= 0, 1, small) / (1 + small)
        if self.activation == "softmax":
            exponentials = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
            return exponentials / exponentials.sum(axis=-1, keepdims=True)
        return outputs

    def scores(self, outputs: np.ndarray) -> np.ndarray:
        """Return what an export or a server answers for raw outputs `(batch, num_outputs)`.

        Returns:
            float32: the probabilities of the classes, in their order: `(batch, num_classes)`; or the numbers of
            a regression: `(batch, 1)`.
        """
        return self.activate(np.asarray(outputs, np.float32))

    def present(self, outputs: np.ndarray) -> np.ndarray:
        """Return which classes `decode` gives as label: bool `(batch, num_classes)`; no class by default."""
        return np.zeros((len(outputs), 0), bool)

    def _gate(self, name: str) -> tuple[str, ...]:
        """Return the classes of the task `name` that open the gate, whether one or several are given."""
        given: Any = self.when[name]
        classes = tuple(given) if isinstance(given, list | tuple) else (given,)
        if not classes or not all(isinstance(each, str) for each in classes):
            raise ConfigError(
                f"when of {self.name!r} must name one or several classes of {name!r}, as texts: received {given!r}."
            )
        return classes

    def _output_layers(self) -> list[Any]:
        return []
