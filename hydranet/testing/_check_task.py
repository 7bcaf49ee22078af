"""`check_task`: what every task must do, for the tests of people who write tasks."""

import dataclasses
import functools
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hydranet.errors import ConfigError, DataError, HydraNetError
from hydranet.naming import check_task_name
from hydranet.tasks import (
    Prediction,
    Task,
    get_task,
    task_from_config,
    task_origins,
    task_to_config,
)

_NO_LABEL = "no class or number is called so"
_FEATURE_SHAPES = ((8,), (2, 3, 8))
# How far perfect outputs may be from the targets, as losses such as smoothed ones have them.
_CLOSE = 0.2


def check_task(task: Task, labels: Sequence[str] | None = None) -> None:
    """Check that `task` keeps the contract of `hydranet.Task`, so that it works wherever tasks do.

    Use it in a test of your own task, or kind of task. A few heads are built and a small model is saved, in
    a second or two; no pictures are read, no weights are fetched, and Keras's global seed is set to 0.

    Args:
        task: as `get_task` or its class gives it.
        labels: some that it should understand, no two alike; its classes, or else numbers, where not given.

    Raises:
        AssertionError: it breaks the contract; the message says how.

    Example:
        >>> from hydranet import SingleLabel
        >>> check_task(SingleLabel(name="coat", classes=("curly", "long", "short")))
    """
    try:
        _check_name(task.name)
        _check_is_data(task)
        labels = tuple(labels or _some_labels(task))
        task = task.resolve(labels)
        _expect(task.is_resolved, f"resolve({labels}) leaves is_resolved False: fill in what was open.")
        _check_is_data(task)
        encoded = _check_labels(task, labels)
        _check_decoding(task, labels, encoded)
        _check_scores(task)
        _check_loss(task, encoded)
        _check_metrics(task, encoded)
        shapes = _check_feature_shapes(task)
        for shape in shapes:
            _check_head(task, encoded, shape)
        _check_saving(task, "avg" if len(shapes[0]) == 1 else "none")
    except HydraNetError as error:
        raise AssertionError(f"{type(task).__name__} {task.name!r}: {error}") from error


def _check_name(name: str) -> None:
    check_task_name(name)
    if name in task_origins():
        get_task(name)  # raises where it is registered under another name than its own


def _check_is_data(task: Task) -> None:
    advice = "decorate its class with @dataclass(frozen=True), and leave __eq__ to that."
    _expect(
        _raises(dataclasses.FrozenInstanceError, setattr, task, "name", ""), f"{task} can change: {advice}"
    )
    _expect(task == dataclasses.replace(task), f"{task} differs from its copy: {advice}")
    copy = task_from_config(task_to_config(task))
    advice = "keep all state in fields of JSON types, and give each class a `kind` of its own."
    _expect(copy == task, f"task_from_config(task_to_config(task)) gives {copy}, expected {task}: {advice}")


def _check_labels(task: Task, labels: Sequence[str]) -> np.ndarray:
    encoded = task.encode(labels)
    num_rows = len(labels)
    _expect(len(encoded) == num_rows, f"encode gives {len(encoded)} rows, expected one for each of {labels}.")
    unknown = _raises(DataError, task.encode, [labels[0], _NO_LABEL])
    _expect(unknown, f"encode takes the label {_NO_LABEL!r}: raise a DataError that says what is known.")
    targets = _finite("targets", task.targets(encoded), (num_rows, task.num_outputs))
    right = _right_outputs(task, encoded)
    activated = task.activate(right)
    received = f"targets gives {targets.tolist()}, but outputs of the least loss are activated as {activated.tolist()}"
    _expect(np.allclose(activated, targets, atol=_CLOSE * task.score_unit), f"{received}: expected the same.")
    weights = _finite("example_weights", task.example_weights(encoded), (num_rows,))
    mean_is_one = (weights >= 0).all() and np.isclose(weights.mean(), 1)
    _expect(mean_is_one, f"example_weights gives {weights.tolist()}, expected at least 0, with a mean of 1.")
    return encoded


def _check_decoding(task: Task, labels: Sequence[str], encoded: np.ndarray) -> None:
    predictions = task.decode(_right_outputs(task, encoded))
    _expect(len(predictions) == len(labels), f"decode gives {len(predictions)} for {len(labels)} rows.")
    for label, row, prediction in zip(labels, encoded, predictions, strict=True):
        again = task.encode([_as_text(prediction)])[0]
        same = np.allclose(again, row, rtol=0, atol=1e-5 * task.score_unit)
        received = f"decode gives {prediction.label!r} for perfect outputs of {label!r}"
        _expect(same, f"{received}: decode must undo encode.")


def _check_scores(task: Task) -> None:
    outputs = np.random.default_rng(0).normal(0, 3, (7, task.num_outputs)).astype(np.float32)
    classes = task.classes
    scores = _finite("scores", task.scores(outputs), (7, len(classes) or task.num_outputs))
    if not classes:
        return
    in_range = scores.min() >= 0 and scores.max() <= 1
    _expect(in_range, f"scores gives {scores.tolist()}, expected probabilities, from 0 to 1.")
    present = task.present(outputs)
    for row, is_present, prediction in zip(scores, present, task.decode(outputs, len(classes)), strict=True):
        expected = {name: float(row[classes.index(name)]) for name, _ in prediction.top}
        same = np.allclose(list(dict(prediction.top).values()), list(expected.values()), atol=1e-6)
        _expect(same, f"decode gives {prediction.top} for scores of {expected}: expected the same.")
        named = prediction.label if isinstance(prediction.label, tuple) else (prediction.label,)
        chosen = [name for name, value in zip(classes, is_present, strict=True) if value]
        _expect(
            set(chosen) == set(named),
            f"present gives {chosen}, but decode {named}: expected the same classes.",
        )


def _check_loss(task: Task, encoded: np.ndarray) -> None:
    outputs = _right_outputs(task, encoded)
    right = _finite("loss", np.asarray(task.loss(encoded, outputs)), (len(encoded),))
    wrong = np.asarray(task.loss(encoded, np.roll(outputs, 1, axis=0)))
    received = f"loss gives {right.tolist()} for right outputs and {wrong.tolist()} for wrong ones"
    _expect((right < wrong).all(), f"{received}: expected less for right ones.")


def _check_metrics(task: Task, encoded: np.ndarray) -> None:
    metrics = {metric.name: metric for metric in task.metrics()}
    _expect(len(metrics) == len(task.metrics()), f"metrics gives two of one name: {', '.join(metrics)}.")
    for name, metric in metrics.items():
        metric.update_state(task.targets(encoded), task.activate(_right_outputs(task, encoded)))
        _finite(f"the metric {name!r}", np.asarray(metric.result(), np.float32), ())


def _check_feature_shapes(task: Task) -> list[tuple[int, ...]]:
    refused = {shape: _raises(ConfigError, task.head.check_features, shape) for shape in _FEATURE_SHAPES}
    shapes: list[tuple[int, ...]] = [shape for shape, is_refused in refused.items() if not is_refused]
    _expect(shapes, f"the head refuses features of each of the shapes {_FEATURE_SHAPES}.")
    return shapes


def _check_head(task: Task, encoded: np.ndarray, feature_shape: tuple[int, ...]) -> None:
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    encoded = np.repeat(encoded, 16, axis=0)
    features = np.random.default_rng(0).standard_normal((len(encoded), *feature_shape)).astype(np.float32)
    head = task.build_head(feature_shape)
    outputs = np.asarray(head(features, training=False))
    _finite(f"the head on features {features.shape}", outputs, (len(encoded), task.num_outputs))
    variables = head.trainable_variables
    _expect(variables, "the head has no trainable weights: nothing could be learnt.")
    with tf.GradientTape() as tape:
        before = tf.reduce_mean(task.loss(encoded, head(features, training=False)))
    for variable, gradient in zip(variables, tape.gradient(before, variables), strict=True):
        _expect(gradient is not None, f"the loss has no gradient at {variable.path}: use keras.ops in it.")
        variable.assign_sub(1e-3 * gradient)
    after = tf.reduce_mean(task.loss(encoded, head(features, training=False)))
    _expect(after < before, f"a gradient step takes the loss from {before} to {after}: expected less.")


def _check_saving(task: Task, pooling: str) -> None:
    from hydranet.model import HydraNet

    task = dataclasses.replace(task, when={})  # the tasks of its gate are not here
    model = HydraNet(_backbone(pooling), [task])
    images = np.random.default_rng(0).uniform(0, 255, (2, *model.backbone.image_shape)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        loaded = HydraNet.load(path)
    before, after = (np.asarray(each(images)[task.name]) for each in (model, loaded))
    same = np.allclose(before, after, atol=1e-5)
    _expect(same, f"the head gives {before}, but {after} once saved and loaded.")


@functools.cache
def _backbone(pooling: str) -> Any:
    from hydranet.model import Backbone

    return Backbone("MobileNet", image_size=32, pooling=pooling, arguments={"alpha": 0.25})


def _some_labels(task: Task) -> tuple[str, ...]:
    """Return the classes, or else numbers, and several or none at once where that is a label."""
    labels = task.classes or ("1", "2", "3")
    resolved = task.resolve(labels)
    several = ("|".join(labels), "")
    known = [each for each in several if not _raises(DataError, resolved.encode, [each])]
    return tuple(dict.fromkeys([*labels, *known]))


def _right_outputs(task: Task, encoded: np.ndarray) -> np.ndarray:
    """Return raw outputs for which the loss is least: float32 `(num_labels, *output_shape)`."""
    import tensorflow as tf
    from scipy.optimize import minimize

    shape = (len(encoded), *task.output_shape)
    unit = task.score_unit
    _finite("loss", np.asarray(task.loss(encoded, np.zeros(shape, np.float32))), (len(encoded),))

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        outputs = tf.constant(flat.reshape(shape) * unit, tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(outputs)
            loss = tf.reduce_sum(task.loss(encoded, outputs))
        gradient = tape.gradient(loss, outputs)
        _expect(gradient is not None, "the loss has no gradient at the outputs: use keras.ops in it.")
        return float(loss), np.asarray(gradient, np.float64).ravel() * unit

    found = minimize(
        objective, np.zeros(math.prod(shape)), jac=True, method="L-BFGS-B", options={"maxiter": 100}
    )
    return (found.x.reshape(shape) * unit).astype(np.float32)


def _as_text(prediction: Prediction) -> str:
    return "|".join(prediction.label) if isinstance(prediction.label, tuple) else str(prediction.label)


def _finite(what: str, array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    received = f"{array.dtype} {array.shape}"
    _expect(received == f"float32 {shape}", f"{what} gives {received}, expected float32 {shape}.")
    _expect(np.isfinite(array).all(), f"{what} gives {array.tolist()}, expected finite numbers.")
    return array


def _raises(kind: type[Exception], function: Any, *arguments: Any) -> bool:
    try:
        function(*arguments)
    except kind:
        return True
    return False


def _expect(condition: Any, problem: str) -> None:
    if not condition:
        raise AssertionError(problem)
