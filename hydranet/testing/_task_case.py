"""A task with labels, and the outputs that its loss likes best: what the checks of a task share."""

import math
from dataclasses import dataclass

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
    """

    task: Task
    labels: tuple[str, ...]
    encoded: np.ndarray
    right: np.ndarray
    noisy: np.ndarray


def make_case(task: Task, labels: tuple[str, ...], encoded: np.ndarray) -> TaskCase:
    """Return the case of a task; its loss must have a gradient."""
    right = _best_outputs(task, encoded)
    random = np.random.default_rng(0)
    noise = random.normal(0, 3 * task.score_unit, right.shape)
    return TaskCase(
        task, labels, encoded, right, (random.random(right.shape) * right + noise).astype(np.float32)
    )


def _best_outputs(task: Task, encoded: np.ndarray) -> np.ndarray:
    import tensorflow as tf
    from scipy.optimize import minimize

    shape, unit = (len(encoded), *task.output_shape), task.score_unit
    finite("loss", task.loss(encoded, np.zeros(shape, np.float32)), (len(encoded),))

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        outputs = tf.constant(flat.reshape(shape) * unit, tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(outputs)
            loss = tf.reduce_sum(task.loss(encoded, outputs))
        gradient = tape.gradient(loss, outputs)
        expect(gradient is not None, "the loss has no gradient at the outputs: use keras.ops in it.")
        return float(loss), np.asarray(gradient, np.float64).ravel() * unit

    found = minimize(
        objective, np.zeros(math.prod(shape)), jac=True, method="L-BFGS-B", options={"maxiter": 100}
    )
    return (found.x.reshape(shape) * unit).astype(np.float32)
