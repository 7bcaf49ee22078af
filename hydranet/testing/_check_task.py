"""`check_task`: what every task must do, for the tests of people who write tasks."""

import dataclasses
import functools
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hydranet.errors import DataError, HydraNetError
from hydranet.naming import check_task_name
from hydranet.tasks import Task, get_task, task_from_config, task_origins, task_to_config
from hydranet.testing._check_head import accepted_shapes
from hydranet.testing._dense_layers import check_dense_layers
from hydranet.testing._expect import expect, finite, raises
from hydranet.testing._task_answers import check_answers
from hydranet.testing._task_case import TaskCase, make_case
from hydranet.testing._task_evidence import check_evidence
from hydranet.testing._task_training import check_encoded, check_losses

_NO_LABEL = "no class or number is called so"


def check_task(task: Task, labels: Sequence[Any] | None = None) -> None:
    """Check that `task` keeps the contract of `hydranet.Task`, so that it works wherever tasks do.

    Use it in a test of your own task, or kind of task. A few heads are built and a small model is saved, in
    a second or two; no pictures are read, no weights are fetched, and Keras's global seed is set to 0.

    Args:
        task: as `get_task` or its class gives it.
        labels: some that it should understand, no two alike; its classes, or else numbers, where not given. A task
            whose labels are maps needs some.

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
        expect(task.is_resolved, f"resolve({labels}) leaves is_resolved False: fill in what was open.")
        _check_is_data(task)
        encoded = _check_labels(task, labels)
        check_encoded(task, encoded)
        case = make_case(task, labels, encoded)
        check_losses(case)
        check_answers(case)
        check_evidence(case)
        shapes = accepted_shapes(task.head)
        for shape in shapes:
            _check_built_head(case, shape)
        _check_saving(task, "avg" if len(shapes[0]) == 1 else "none")
    except HydraNetError as error:
        raise AssertionError(f"{type(task).__name__} {task.name!r}: {error}") from error


def _check_name(name: str) -> None:
    check_task_name(name)
    if name in task_origins():
        get_task(name)  # raises where it is registered under another name than its own


def _check_is_data(task: Task) -> None:
    advice = "decorate its class with @dataclass(frozen=True), and leave __eq__ to that."
    expect(raises(dataclasses.FrozenInstanceError, setattr, task, "name", ""), f"{task} can change: {advice}")
    expect(task == dataclasses.replace(task), f"{task} differs from its copy: {advice}")
    copy = task_from_config(task_to_config(task))
    advice = "keep all state in fields of JSON types, and give each class a `kind` of its own."
    expect(copy == task, f"task_from_config(task_to_config(task)) gives {copy}, expected {task}: {advice}")


def _check_labels(task: Task, labels: Sequence[Any]) -> np.ndarray:
    encoded = task.encode(labels)
    num_rows = len(labels)
    expect(len(encoded) == num_rows, f"encode gives {len(encoded)} rows, expected one for each of {labels}.")
    unknown = raises(DataError, task.encode, [labels[0], _NO_LABEL])
    expect(unknown, f"encode takes the label {_NO_LABEL!r}: raise a DataError that says what is known.")
    return encoded


def _check_built_head(case: TaskCase, feature_shape: tuple[int, ...]) -> None:
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    task, encoded = case.task, np.repeat(case.encoded, 16, axis=0)
    features = np.random.default_rng(0).standard_normal((len(encoded), *feature_shape)).astype(np.float32)
    head = task.build_head(feature_shape)
    outputs = np.asarray(head(features, training=False))
    finite(f"the head on features {features.shape}", outputs, (len(encoded), *task.output_shape))
    variables = head.trainable_variables
    expect(variables, "the head has no trainable weights: nothing could be learnt.")
    with tf.GradientTape() as tape:
        before = tf.reduce_mean(task.loss(encoded, head(features, training=False)))
    for variable, gradient in zip(variables, tape.gradient(before, variables), strict=True):
        expect(gradient is not None, f"the loss has no gradient at {variable.path}: use keras.ops in it.")
        variable.assign_sub(1e-3 * gradient)
    after = tf.reduce_mean(task.loss(encoded, head(features, training=False)))
    expect(after < before, f"a gradient step takes the loss from {before} to {after}: expected less.")
    check_dense_layers(head, task.dense_layers(feature_shape), features)


def _check_saving(task: Task, pooling: str) -> None:
    from hydranet.model import HydraNet

    task = dataclasses.replace(task, when={})  # the tasks of its gate are not here
    model = HydraNet(_backbone(pooling), [task])
    images = np.random.default_rng(0).uniform(0, 255, (2, *model.trunk.image_shape)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        loaded = HydraNet.load(path)
    before, after = (np.asarray(each(images)[task.name]) for each in (model, loaded))
    same = np.allclose(before, after, atol=1e-5)
    expect(same, f"the head gives {before}, but {after} once saved and loaded.")


@functools.cache
def _backbone(pooling: str) -> Any:
    from hydranet.backbones import default_backbone
    from hydranet.model import Trunk

    backbone = default_backbone(
        "MobileNet", image_size=32, weights="random", pooling=pooling, arguments={"alpha": 0.25}
    )
    return Trunk(backbone)


def _some_labels(task: Task) -> tuple[str, ...]:
    """Return the classes, or else numbers, and several or none at once where that is a label."""
    labels = task.classes or ("1", "2", "3")
    resolved = task.resolve(labels)
    several = ("|".join(labels), "")
    known = [each for each in several if not raises(DataError, resolved.encode, [each])]
    return tuple(dict.fromkeys([*labels, *known]))
