"""How a task is trained: targets, weights, its loss, and the convex loss that may stand for it."""

import numpy as np

from hydranet.data import Motion
from hydranet.tasks import ConvexLoss, Task
from hydranet.testing._expect import expect, finite
from hydranet.testing._task_case import TaskCase

# How far perfect outputs may be from the targets, as losses such as smoothed ones have them.
_CLOSE = 0.2


def check_encoded(task: Task, encoded: np.ndarray) -> None:
    """Check what a task makes of encoded labels for training."""
    finite("targets", task.targets(encoded), (len(encoded), *task.output_shape))
    weights = finite("example_weights", task.example_weights(encoded), (len(encoded),))
    for motion in (Motion((8, 8)), Motion((8, 8), flip=True, angle=0.1, scale=0.9)):
        moved = np.asarray(task.moved(encoded[0], motion))
        same = (moved.shape, moved.dtype) == (encoded[0].shape, encoded[0].dtype)
        expect(same, f"moved gives {moved.dtype} {moved.shape}, expected a label as encode gives it.")
        stays = np.array_equal(moved, encoded[0]) or motion.flip
        expect(stays, "moved changes the label of a picture that has not moved.")
    mean_is_one = (weights >= 0).all() and np.isclose(weights.mean(), 1)
    expect(mean_is_one, f"example_weights gives {weights.tolist()}, expected at least 0, with a mean of 1.")


def check_losses(case: TaskCase) -> None:
    """Check that the loss leads to the targets, and the convex one, if there is any, to the same place."""
    task = case.task
    targets, activated = task.targets(case.encoded), task.activate(case.right)
    received = f"targets gives {targets.tolist()}, but outputs of the least loss are activated as {activated.tolist()}"
    same = np.isclose(activated, targets, atol=_CLOSE * task.score_unit) | ~case.counted
    expect(same.all(), f"{received}: expected the same.")
    right = finite("loss", task.loss(case.encoded, case.right), (len(case.encoded),))
    wrong = np.asarray(task.loss(case.encoded, np.roll(case.right, 1, axis=0)))
    received = f"loss gives {right.tolist()} for right outputs and {wrong.tolist()} for wrong ones"
    expect((right < wrong).all(), f"{received}: expected less for right ones.")
    if task.convex_loss is not None:
        _check_convex_loss(case, task.convex_loss)


def _check_convex_loss(case: TaskCase, convex_loss: ConvexLoss) -> None:
    """Compare gradients where they are used: at the last dense layer, below the task's own output layers."""
    import tensorflow as tf

    task = case.task
    shape = (len(case.encoded), task.num_outputs)
    below = tf.constant(np.random.default_rng(0).normal(0, 2, shape), tf.float32)
    targets = finite("convex_targets", task.convex_targets(case.encoded), shape)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(below)
        outputs = below
        for layer in task.output_layers():
            outputs = layer(outputs)
        own = tf.reduce_sum(task.loss(case.encoded, outputs))
        convex = tf.reduce_sum(convex_loss.losses(below, targets))
    own_gradient, convex_gradient = (np.asarray(tape.gradient(each, below)) for each in (own, convex))
    stated = np.asarray(convex_loss.activate(below)) - targets
    expect(
        np.allclose(convex_gradient, stated, atol=1e-4),
        "the gradient of convex_loss.losses is not activate(outputs) − targets.",
    )
    lengths = np.linalg.norm(own_gradient, axis=1) * np.linalg.norm(stated, axis=1)
    along = (own_gradient * stated).sum(axis=1)
    same = np.allclose(along, lengths, rtol=1e-3, atol=1e-6)
    expect(
        same, "convex_loss and loss have gradients in different directions: they are not the same problem."
    )
