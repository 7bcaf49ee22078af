"""A task with labels, and the outputs that its loss likes best: what the checks of a task share."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from hydranet.tasks import Task
from hydranet.testing._expect import expect, finite


@dataclass(frozen=True, eq=False)
class TaskCase:
    """What a task is checked on.

    Args:
        task: resolved.
        labels: as a source has them.
        encoded: the same, as the task encodes them.
        right: raw outputs for which the loss of these labels is least: float32 `(num_labels, *output_shape)`.
        noisy: others, of which some are wrong and some are unsure.
        counted: on which outputs the loss depends; not on those of a pixel without a label: bool, the shape of both.
    """

    task: Task
    labels: tuple[Any, ...]
    encoded: np.ndarray
    right: np.ndarray
    noisy: np.ndarray
    counted: np.ndarray

    @property
    def is_whole(self) -> np.ndarray:
        """Which labels say something of every output: bool `(num_labels,)`."""
        return np.array([counted.all() for counted in self.counted])


def make_case(task: Task, labels: tuple[Any, ...], encoded: np.ndarray) -> TaskCase:
    """Return the case of a task; its loss must have a gradient."""
    right = _best_outputs(task, encoded)
    random = np.random.default_rng(0)
    noise = random.normal(0, 3 * task.score_unit, right.shape)
    noisy = (random.random(right.shape) * right + noise).astype(np.float32)
    return TaskCase(task, labels, encoded, right, noisy, _gradient(task, encoded, noisy)[1] != 0)


def _best_outputs(task: Task, encoded: np.ndarray) -> np.ndarray:
    from scipy.optimize import minimize

    shape, unit = (len(encoded), *task.output_shape), task.score_unit
    finite("loss", task.loss(encoded, np.zeros(shape, np.float32)), (len(encoded),))
    num_positions = math.prod(task.output_shape[:-1])  # over which the loss is a mean

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        loss, gradient = _gradient(task, encoded, (flat.reshape(shape) * unit).astype(np.float32))
        return num_positions * loss, num_positions * gradient.ravel() * unit

    found = minimize(
        objective, np.zeros(math.prod(shape)), jac=True, method="L-BFGS-B", options={"maxiter": 100}
    )
    return (found.x.reshape(shape) * unit).astype(np.float32)


def _gradient(task: Task, encoded: np.ndarray, outputs: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the sum of the losses, and its gradient at the outputs: float64 of their shape."""
    import tensorflow as tf

    tensor = tf.constant(outputs)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        loss = tf.reduce_sum(task.loss(encoded, tensor))
    gradient = tape.gradient(loss, tensor)
    expect(gradient is not None, "the loss has no gradient at the outputs: use keras.ops in it.")
    return float(loss), np.asarray(gradient, np.float64)
