"""Heads that are not linear: by gradient on stored features, early stopping on a held-out part, best weights kept."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from hydranet.errors import ModelError
from hydranet.evaluation import head_outputs
from hydranet.experiment import TrainingConfig
from hydranet.features import Features, kept
from hydranet.joint import ParameterGroup, new_optimizer
from hydranet.tasks import Task, task_seed
from hydranet.training._head_examples import HeadExamples


def fit_by_gradient(
    head: Any, task: Task, examples: HeadExamples, config: TrainingConfig, *, seed: int
) -> list[dict[str, float]]:
    """Train `head` in place and return one row per epoch.

    Which examples a step sees is a function of seed and epoch alone; with several views, each epoch takes the
    next one.

    Args:
        head: built Keras layer from features to outputs.
        task: gives the loss.
        examples: those held out decide when to stop.
        config: optimizer, learning rate, batch size, epochs, patience.
        seed: of the order of the examples.

    Returns:
        `epoch`, `training_loss`, `held_out_loss` of each epoch.

    Raises:
        ModelError: no epoch has given a finite held-out loss.
    """
    learning = ParameterGroup(head.trainable_variables, weight_decay=config.decay)
    optimizer = new_optimizer(config, [learning], config.learning_rate)
    step = _training_step(head, task, optimizer)
    views, labels, weights = kept(examples.views), examples.labels, examples.weights
    training = np.flatnonzero(~examples.held_out & (weights > 0))
    judging = np.flatnonzero(examples.held_out & (weights > 0))
    best_loss, best_weights, since_best = np.inf, head.get_weights(), 0
    history = []
    for epoch in range(config.max_epochs):
        order = np.random.default_rng([task_seed(seed, task.name), epoch]).permutation(training)
        view, losses = epoch % len(views), []
        for start in range(0, len(order), config.batch_size):
            rows = order[start : start + config.batch_size]
            seen = labels.read(rows, np.full(len(rows), view))
            losses.append(float(step(views[view].read(rows), seen, weights[rows])))
        training_loss = float(np.mean(losses))
        judged = judging if len(judging) else training
        loss = mean_loss(head, task, views[0].select(judged), labels.plain[judged], weights[judged])
        history.append({"epoch": epoch, "training_loss": training_loss, "held_out_loss": loss})
        if loss < best_loss:
            best_loss, best_weights, since_best = loss, head.get_weights(), 0
        else:
            since_best += 1
        if since_best >= config.patience or not np.isfinite(training_loss):
            break
    if not np.isfinite(best_loss):
        raise ModelError(f"The training of {task.name!r} has diverged: try a smaller learning_rate.")
    head.set_weights(best_weights)
    return history


def mean_loss(
    head: Any, task: Task, features: Features, labels: np.ndarray, example_weights: np.ndarray | None = None
) -> float:
    """Return the training loss over all rows, averaged with `example_weights`."""
    weights = np.ones(len(labels), np.float32) if example_weights is None else example_weights
    total = 0.0
    for rows, outputs in head_outputs(head, task, features):
        total += float(np.asarray(task.training_loss(labels[rows], outputs)) @ weights[rows])
    return total / float(weights.sum())


def _training_step(head: Any, task: Task, optimizer: Any) -> Callable[..., Any]:
    @tf.function(reduce_retracing=True, autograph=False)
    def step(features: Any, labels: Any, weights: Any) -> Any:
        with tf.GradientTape() as tape:
            losses = task.training_loss(labels, head(features, training=True))
            loss = tf.reduce_sum(losses * weights) / tf.reduce_sum(weights)
        optimizer.apply(tape.gradient(loss, head.trainable_variables), head.trainable_variables)
        return loss

    return step
