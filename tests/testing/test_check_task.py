"""The conformance kit passes for every task that works, and says what is wrong with one that does not."""

import dataclasses
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pytest

from hydranet.heads import MLP, Custom, Flatten, Linear
from hydranet.tasks import HalfSquaredError
from hydranet.tasks import _registry as registry
from hydranet.tasks._multi_label import MultiLabel
from hydranet.tasks._prediction import Prediction
from hydranet.tasks._registry import get_task, task_origins
from hydranet.tasks._regression import Regression
from hydranet.tasks._single_label import SingleLabel
from hydranet.testing._check_task import check_task

HEADS = [
    Linear(),
    Linear(dropout=0.2),
    MLP(hidden=(8, 4), batch_norm=True, dropout=0.4),
    Flatten(dropout=0.5),
    Custom("test_testing>Wavy", {"frequency": 2.0}),
]
KINDS = [
    SingleLabel(name="two", classes=("cat", "dog"), class_weights="balanced"),
    SingleLabel(name="three", classes=("curly", "long", "short"), class_weights={"long": 2.0}),
    SingleLabel(name="open_classes"),
    MultiLabel(name="one_of_one", classes=("rain",)),
    MultiLabel(name="weather", classes=("rain", "snow", "sun")),
    MultiLabel(name="open_weather"),
    Regression(name="year", mean=1950.0, standard_deviation=30.0),
    Regression(name="open_scale"),
    SingleLabel(name="gated", classes=("corgi", "poodle"), when={"pet": ("dog", "puppy")}),
]


@pytest.fixture(autouse=True)
def _wavy():
    import keras

    @keras.saving.register_keras_serializable("test_testing")
    class Wavy(keras.layers.Layer):
        """A head of one's own."""

        def __init__(self, num_outputs, frequency=1.0, **kwargs):
            super().__init__(**kwargs)
            self.num_outputs, self.frequency = num_outputs, frequency
            self.dense = keras.layers.Dense(num_outputs)
            self.pool = keras.layers.GlobalAveragePooling2D()

        def build(self, shape):
            self.dense.build((None, shape[-1]))

        def call(self, features):
            pooled = self.pool(features) if len(features.shape) == 4 else features
            return self.dense(keras.ops.sin(self.frequency * pooled))

        def compute_output_shape(self, shape):
            return (shape[0], self.num_outputs)

        def get_config(self):
            return {**super().get_config(), "num_outputs": self.num_outputs, "frequency": self.frequency}

    yield
    keras.saving.get_custom_objects().pop("test_testing>Wavy")


@pytest.mark.slow
@pytest.mark.parametrize("name", task_origins())
def test_every_registered_task_passes(name):
    check_task(get_task(name))


@pytest.mark.slow
@pytest.mark.parametrize("task", KINDS, ids=lambda task: task.name)
def test_every_kind_of_task_passes(task):
    check_task(task)


@pytest.mark.slow
@pytest.mark.parametrize("head", HEADS, ids=lambda head: head.kind)
@pytest.mark.parametrize("task", KINDS[1::3], ids=lambda task: task.kind)
def test_every_head_passes(task, head):
    check_task(dataclasses.replace(task, head=head))


def test_labels_can_be_given():
    check_task(SingleLabel(name="shoes"), labels=["boot", "clog"])


# A kind of its own, so that the broken tasks below are read back as what they are.


@dataclass(frozen=True, kw_only=True)
class Broken(SingleLabel):
    classes: tuple[str, ...] = ("x", "y", "z")
    kind: Literal["broken_encode"] = field(default="broken_encode", repr=False)

    def encode(self, labels):
        return np.array(
            [self.classes.index(label) if label in self.classes else 0 for label in labels], np.int32
        )


@dataclass(frozen=True, kw_only=True)
class BrokenTargets(SingleLabel):
    classes: tuple[str, ...] = ("x", "y", "z")
    kind: Literal["broken_targets"] = field(default="broken_targets", repr=False)

    def targets(self, labels):
        return np.eye(3)[labels]


@dataclass(frozen=True, kw_only=True)
class BrokenDecode(SingleLabel):
    classes: tuple[str, ...] = ("x", "y", "z")
    kind: Literal["broken_decode"] = field(default="broken_decode", repr=False)

    def decode(self, outputs, top_k=5):
        return [Prediction(self.classes[i]) for i in np.argmin(outputs, axis=1)]


@dataclass(frozen=True, kw_only=True)
class BrokenScores(SingleLabel):
    classes: tuple[str, ...] = ("x", "y")
    kind: Literal["broken_scores"] = field(default="broken_scores", repr=False)

    def scores(self, outputs):
        return self.activate(np.asarray(outputs, np.float32))

    def decode(self, outputs, top_k=5):
        return [Prediction(self.classes[int(output > 0)]) for [output] in outputs]


@dataclass(frozen=True, kw_only=True)
class BrokenRange(BrokenScores):
    kind: Literal["broken_range"] = field(default="broken_range", repr=False)

    def scores(self, outputs):
        return np.concatenate([-outputs, outputs], axis=1)


@dataclass(frozen=True, kw_only=True)
class BrokenTop(MultiLabel):
    classes: tuple[str, ...] = ("x", "y", "z")
    kind: Literal["broken_top"] = field(default="broken_top", repr=False)

    def decode(self, outputs, top_k=5):
        return [
            Prediction(each.label, top=tuple((name, 1 - value) for name, value in each.top))
            for each in super().decode(outputs, top_k)
        ]


@dataclass(frozen=True, kw_only=True)
class BrokenPresent(MultiLabel):
    classes: tuple[str, ...] = ("x", "y", "z")
    kind: Literal["broken_present"] = field(default="broken_present", repr=False)

    def decode(self, outputs, top_k=5):
        labels = [
            tuple(name for name, output in zip(self.classes, row, strict=True) if output > 2)
            for row in outputs
        ]
        return [Prediction(label) for label in labels]


@dataclass(frozen=True, kw_only=True)
class BrokenLoss(SingleLabel):
    classes: tuple[str, ...] = ("x", "y", "z")
    kind: Literal["broken_loss"] = field(default="broken_loss", repr=False)

    def loss(self, labels, outputs):
        import keras

        return keras.ops.mean(super().loss(labels, outputs))


@dataclass(frozen=True, kw_only=True)
class BrokenSign(SingleLabel):
    classes: tuple[str, ...] = ("x", "y", "z")
    kind: Literal["broken_sign"] = field(default="broken_sign", repr=False)

    def loss(self, labels, outputs):
        return -super().loss(labels, outputs)


@dataclass(frozen=True, kw_only=True)
class BrokenGradient(SingleLabel):
    classes: tuple[str, ...] = ("x", "y", "z")
    kind: Literal["broken_gradient"] = field(default="broken_gradient", repr=False)

    def loss(self, labels, outputs):
        return np.asarray(super().loss(labels, np.asarray(outputs)))


@dataclass(frozen=True, kw_only=True)
class BrokenConvexLoss(SingleLabel):
    classes: tuple[str, ...] = ("x", "y", "z")
    kind: Literal["broken_convex_loss"] = field(default="broken_convex_loss", repr=False)
    convex_loss = HalfSquaredError()


@dataclass(frozen=True, kw_only=True)
class BrokenTensors(SingleLabel):
    classes: tuple[str, ...] = ("x", "y", "z")
    kind: Literal["broken_tensors"] = field(default="broken_tensors", repr=False)

    def score_tensors(self, outputs):
        return outputs


@dataclass(frozen=True, kw_only=True)
class BrokenMetric(SingleLabel):
    classes: tuple[str, ...] = ("x", "y", "z")
    kind: Literal["broken_metric"] = field(default="broken_metric", repr=False)

    def metric_values(self, labels, outputs):
        return 1 - super().metric_values(labels, outputs)


@dataclass(frozen=True, kw_only=True)
class BrokenName(SingleLabel):
    kind: Literal["broken_name"] = field(default="broken_name", repr=False)

    def __post_init__(self):
        pass


class BrokenKind(SingleLabel):
    """Has the kind of its parent, and is read back as that."""


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Broken, "encode takes the label .*: raise a DataError"),
        (BrokenTargets, r"targets gives float64 \(3, 3\), expected float32 \(3, 3\)"),
        (BrokenDecode, "decode gives 'y' for perfect outputs of 'x': decode must undo encode"),
        (BrokenScores, r"scores gives float32 \(2, 1\), expected float32 \(2, 2\)"),
        (BrokenRange, "expected probabilities, from 0 to 1"),
        (BrokenTop, "for scores of .*: expected the same"),
        (BrokenPresent, r"present gives .*, but decode .*: expected the same classes"),
        (BrokenLoss, r"loss gives float32 \(\), expected float32 \(3,\)"),
        (BrokenSign, "but outputs of the least loss are activated as .*: expected the same"),
        (BrokenGradient, "the loss has no gradient at the outputs: use keras.ops in it"),
        (BrokenConvexLoss, "convex_loss and loss have gradients in different directions"),
        (BrokenTensors, "score_tensors gives other numbers than scores"),
        (BrokenMetric, "metric_values has a mean of .*, but accuracy is"),
        (BrokenKind, "give each class a `kind` of its own"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_a_broken_task_fails_with_what_is_wrong(kind, message):
    with pytest.raises(AssertionError, match=message):
        check_task(kind(name="shoes"))


def test_a_name_that_is_no_layer_name_fails():
    with pytest.raises(AssertionError, match=r"received 'My shoes', for example 'my_shoes' would do"):
        check_task(BrokenName(name="My shoes"))


def test_a_name_that_differs_from_the_registered_one_fails(monkeypatch):
    def shoes():
        return SingleLabel(name="boots", classes=("x", "y"))

    monkeypatch.setattr(registry, "_registrations", dict(registry._registrations))
    registry.register_task(shoes)
    with pytest.raises(AssertionError, match="registered as 'shoes' but returns a task called 'boots'"):
        check_task(dataclasses.replace(shoes(), name="shoes"))
