"""What every kind of task must say: the contract that training, evidence, reports, exports and servers read.

Names of arrays: `labels` are the truth as `encode` gives it, `outputs` what the head gives, `targets` the labels in
the shape of the outputs, `scores` what a person reads.
"""

import dataclasses
import re
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Self

import numpy as np

from hydranet.data import Motion, Source
from hydranet.errors import ConfigError
from hydranet.heads import Head, Linear
from hydranet.naming import check_task_name
from hydranet.settings import OneOrSeveral, PositiveFloat, ShareBelowOne, Variant
from hydranet.tasks._convex import ConvexLoss
from hydranet.tasks._judgement import Judgement
from hydranet.tasks._metrics import Metric
from hydranet.tasks._prediction import Prediction
from hydranet.tasks._twin_names import compound_notes, twin_notes

# The tail group that is not trained.
FROZEN = "frozen"

# What the layers of a head depend on beside its kind: who changes these has other layers.
_BOUND_TO_LAYERS = ("output_layers", "build_head")
# What a convex loss stands for: a kind with another one of these is trained by gradient, on its own loss.
_BOUND_TO_CONVEX_LOSS = ("loss", "targets", "activate", "convex_targets", *_BOUND_TO_LAYERS)


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
        when: the gate: one or several classes by the name of another task: their names, indices, or ranges of indices
            such as `151-268`, both ends included. The task is answered only for pictures for which that task predicts
            one of them, and so for each task that is named. Training is as without.
        when_above: how probable one of these classes must be, in [0, 1). Where not given, a single class must be the
            predicted one, and several together more probable than 0.5, if the task predicts one class of many.

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
    when: Mapping[str, Annotated[Sequence[str | int], OneOrSeveral()]] = field(
        default_factory=dict, hash=False
    )
    when_above: ShareBelowOne | None = None

    default_kind: ClassVar[str | None] = "single_label"
    # Whether a label, once encoded, is a map over the picture, `(height, width)`, which views move with it. Predictions
    # then have maps too, and `encode` takes them as labels.
    labels_are_maps: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        """Take convex loss and dense layers from a kind that changes what they stand for, and says no others."""
        super().__init_subclass__()
        if cls.overrides(_BOUND_TO_CONVEX_LOSS, below="convex_loss"):
            cls.convex_loss = None  # type: ignore[method-assign, assignment]
        if cls.overrides(_BOUND_TO_LAYERS, below="dense_layers"):
            cls.dense_layers = _no_dense_layers  # type: ignore[method-assign]

    def __post_init__(self) -> None:
        object.__setattr__(self, "when", {name: self._gate(name) for name in self.when})
        super().__post_init__()
        check_task_name(self.name)
        if not re.fullmatch("[a-z][a-z0-9_]*", self.tail):
            raise ConfigError(
                f"tail of {self.name!r} must be shared, own, frozen or a name that matches [a-z][a-z0-9_]*: "
                f"received {self.tail!r}."
            )
        if not self.head.is_trained and self.tail not in {"shared", FROZEN}:
            raise ConfigError(
                f"tail of {self.name!r}: its head comes trained, and stands on the pretrained layers as they are: "
                f"received {self.tail!r}, expected `frozen`, or nothing."
            )

    @property
    def tail_group(self) -> str:
        """The name of the group of tasks that share its tail; that of the task itself if it has its own.

        A head that is not trained stands on the layers that it comes from.
        """
        if not self.head.is_trained:
            return FROZEN
        return self.name if self.tail == "own" else self.tail

    @property
    @abstractmethod
    def kind(self) -> str:
        """What the kind is called in a config: in a subclass, a field with this one value."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that it predicts; () for a kind without classes."""
        return ()

    @property
    def has_classes(self) -> bool:
        """Whether it predicts classes, also while they are not known yet: its kind has a field for them."""
        return any(item.name == "classes" for item in dataclasses.fields(self))

    @property
    @abstractmethod
    def num_outputs(self) -> int:
        """How many outputs the head has; along the last axis, if there are more axes."""

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of one picture's outputs: `(num_outputs,)`; of a label per pixel, height and width come first."""
        return (self.num_outputs,)

    @property
    @abstractmethod
    def is_resolved(self) -> bool:
        """Whether everything that the head needs to know of the labels is known."""

    @abstractmethod
    def resolve(self, labels: Iterable[str]) -> Self:
        """Return this task with what its config left open, such as the classes, taken from training labels."""

    @abstractmethod
    def encode(self, labels: Sequence[str]) -> np.ndarray:
        """Turn labels as the source has them into an array with one row per label.

        Raises:
            DataError: a label is unknown.
        """

    def classes_of(self, label: Any) -> tuple[str, ...]:
        """Return the classes that a label of the source names, none by default.

        Where no validation split is given, the examples are divided so that each of them is on both sides.
        """
        return ()

    def label_notes(self, labels: Sequence[Any]) -> list[str]:
        """Return what is to be said of the labels of a source, a sentence each.

        By default which of the classes that they name differ in upper and lower case, spaces or the like alone, and
        which seem to be several classes in one.
        """
        counts = Counter(name for label in labels for name in self.classes_of(label))
        return [*twin_notes(counts), *compound_notes(counts)]

    # Training.

    @property
    def labels_move(self) -> bool:
        """Whether views move a label with the picture: it is a map, or `moved` says how."""
        return self.labels_are_maps or type(self).moved is not Task.moved

    def moved(self, label: np.ndarray, motion: Motion) -> np.ndarray:
        """Return an encoded label as it is once its picture has moved: a map with it, another as it was.

        Args:
            label: a row of what `encode` gives.
            motion: of the picture, by augmentation.
        """
        return motion.move_map(label) if self.labels_are_maps else label

    @abstractmethod
    def targets(self, labels: np.ndarray) -> np.ndarray:
        """Return encoded labels as float32 `(batch, *output_shape)`: what perfect activated outputs would be."""

    @abstractmethod
    def loss(self, labels: Any, outputs: Any) -> Any:
        """Return the loss of each example: float32 `(batch,)`, from labels and raw outputs as tensors."""

    @property
    def convex_loss(self) -> ConvexLoss | None:
        """The convex loss that a linear head is trained with instead of `loss`, to its optimum; None for `loss` itself.

        A subclass that overrides `loss`, `targets`, `activate`, `convex_targets`, `output_layers` or `build_head`, and
        not this, has None.
        """
        return None

    def convex_targets(self, labels: np.ndarray) -> np.ndarray:
        """Return what the last dense layer of a linear head should give, activated: float32 `(batch, num_outputs)`."""
        return self.targets(labels)

    def example_weights(self, labels: np.ndarray) -> np.ndarray:
        """Return the weight of each training example in the loss: float32 `(batch,)`, with a mean of 1."""
        return np.ones(len(labels), np.float32)

    @property
    def output_offsets(self) -> np.ndarray | None:
        """What is added to outputs that the plain loss has trained: float32 `(num_outputs,)`; None by default.

        Such as what the classes' frequencies where the head is used differ from those in training.
        """
        return None

    def training_loss(self, labels: Any, outputs: Any) -> Any:
        """Return the loss that a head is trained with by gradient: `loss` of the outputs without `output_offsets`."""
        offsets = self.output_offsets
        return self.loss(labels, outputs if offsets is None else outputs - offsets)

    def settled(self, labels: np.ndarray, outputs: np.ndarray) -> Self:
        """Return this task with what the answers about examples that did not train the head decide; itself by default.

        Args:
            labels: as `encode` gives them.
            outputs: raw: float32 `(num_examples, *output_shape)`.
        """
        return self

    def output_layers(self) -> list[Any]:
        """Return new Keras layers that stand above those of the head and are not trained; none by default."""
        return []

    def dense_layers(self, feature_shape: tuple[int, ...]) -> list[dict[str, Any]] | None:
        """Return the layers of `build_head` as data, where NumPy can compute them; see `Head.dense_layers`.

        None where the head does not say; a subclass that overrides `output_layers` or `build_head`, and not this, has
        None.
        """
        return self.head.dense_layers(feature_shape)

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
        layers = self.head.layers(self.num_outputs, feature_shape) + self.output_layers()
        head = keras.Sequential(layers, name=self.name)
        head.build((None, *feature_shape))
        if head.output_shape != (None, *self.output_shape):
            raise ConfigError(
                f"The head of {self.name!r} gives outputs of shape {head.output_shape}: "
                f"expected {(None, *self.output_shape)}."
            )
        return head

    def last_layer(self, kernel: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the last dense layer of a classifier that comes trained, as it gives the outputs of this task.

        Args:
            kernel, bias: float32 `(num_inputs, num_classes)` and `(num_classes,)`.
        """
        return kernel, bias

    # Answers.

    def activate(self, outputs: np.ndarray) -> np.ndarray:
        """Turn raw outputs into what `targets` are compared with: same shape and dtype; unchanged by default."""
        return np.asarray(outputs)

    @property
    def score_names(self) -> tuple[str, ...]:
        """The name of each column of `scores`: the classes, or else the task's name, numbered if there are several."""
        if self.classes or self.num_outputs == 1:
            return self.classes or (self.name,)
        return tuple(f"{self.name}_{number}" for number in range(self.num_outputs))

    @property
    def score_shape(self) -> tuple[int, ...]:
        """The shape of the scores for one picture."""
        return (*self.output_shape[:-1], len(self.score_names))

    @property
    def score_unit(self) -> float:
        """What a difference of scores is measured in: 1 for probabilities; a regression's standard deviation."""
        return 1.0

    def scores(self, outputs: np.ndarray) -> np.ndarray:
        """Return what a person reads, and a server or an export answers: float32 `(batch, *score_shape)`.

        The probability of each class, in their order, or the number of a regression.
        """
        return self.activate(np.asarray(outputs, np.float32))

    @abstractmethod
    def score_tensors(self, outputs: Any) -> Any:
        """Return what `scores` gives, computed by `keras.ops`, for exports."""

    def activated(self, scores: np.ndarray) -> np.ndarray:
        """Return what `activate` gives, from scores instead of outputs; the scores by default."""
        return scores

    def evidence(self, outputs: Any) -> Any:
        """Return what speaks for each score, as tensors `(batch, *score_shape)`, for heat maps of its gradient.

        The scores by default; better something that does not saturate, such as log-odds.
        """
        return self.score_tensors(outputs)

    def present(self, outputs: np.ndarray) -> np.ndarray:
        """Return which classes `decode` gives as label: bool `(batch, num_classes)`; no class by default."""
        return np.zeros((len(outputs), 0), bool)

    def any_present(
        self, outputs: np.ndarray, columns: Sequence[int], above: float | None = None
    ) -> np.ndarray:
        """Return where the answer is one of some classes, for a gate: bool `(batch,)`.

        By default where one of them is present, or has a score above a threshold; of a map, somewhere.

        Args:
            outputs: raw: float32 `(batch, *output_shape)`.
            columns: the indices of the classes.
            above: the threshold, if there is one.
        """
        present = self.present(outputs) if above is None else self.scores(outputs) > above
        return np.asarray(present[..., columns].reshape(len(present), -1).any(axis=1))

    def labelled(self, labels: np.ndarray) -> np.ndarray:
        """Return which classes encoded labels name: bool `(batch, num_classes)`; no class by default."""
        return np.zeros((len(labels), 0), bool)

    @abstractmethod
    def decode(self, outputs: np.ndarray, top_k: int = 5) -> list[Prediction]:
        """Turn raw outputs `(batch, *output_shape)` into predictions."""

    def draw(self, activated: np.ndarray) -> np.ndarray | None:
        """Return how an answer about one picture is drawn over it: uint8 RGBA `(height, width, 4)`; None: it is not.

        Args:
            activated: what `activate` gives for the picture, or `targets` to draw the truth: `output_shape`.
        """
        return None

    def describe(self) -> dict[str, Any]:
        """Return what one must know to read the scores, in JSON types: for exports and servers."""
        return {"kind": self.kind, "classes": list(self.classes), "meaning": "numbers"}

    # Evidence.

    @abstractmethod
    def metrics(self) -> list[Any]:
        """Return new Keras metrics, to be updated with `targets` and activated outputs."""

    @property
    @abstractmethod
    def main_metric(self) -> Metric:
        """The one of `metrics` that the task is judged by."""

    @abstractmethod
    def judge(self, labels: np.ndarray, outputs: np.ndarray) -> Judgement:
        """Return the answers beside the truth: `Choices`, `Estimates` of a number, or `Overlaps` of a region."""

    def metric_values(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return what the main metric is the mean of: float64 `(batch,)`.

        By default the share of right decisions about each picture, its absolute error, or its overlap.
        """
        return self.judge(labels, outputs).values

    def _gate(self, name: str) -> tuple[str | int, ...]:
        """Return what is given of the task `name` to open the gate, whether one or several."""
        given: Any = self.when[name]
        classes = tuple(given) if isinstance(given, list | tuple) else (given,)
        if not classes or not all(type(each) in (str, int) for each in classes):
            raise ConfigError(
                f"when of {self.name!r} must name one or several classes of {name!r}, by name, index or range of "
                f"indices: received {given!r}."
            )
        return classes


def _no_dense_layers(self: Task, feature_shape: tuple[int, ...]) -> None:
    """Say that only Keras can run the head."""
