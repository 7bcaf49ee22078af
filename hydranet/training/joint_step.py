"""One step of joint training: the tails once, every head, one backward pass of the balanced sum of the losses.

A task's loss is its weighted mean over the labelled rows of the global batch, whose sum of weights is added up over
all replicas first; Keras's own reductions divide by each replica's, which is something else as soon as labels are
spread unevenly.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import tensorflow as tf

from hydranet.training.balancing import Balancing, State
from hydranet.training.distribution import Distribution
from hydranet.training.joint_model import JointModel


class JointStep:
    """Steps of a JointModel.

    Args:
        model: its copies on the devices are trained in place.
        balancing: how tasks are weighed in the tails.
        distribution: where `model` lives.
    """

    def __init__(self, model: JointModel, balancing: Balancing, distribution: Distribution) -> None:
        self._model = model
        self._balancing = balancing
        self._distribution = distribution
        self._compiled = lru_cache(None)(self._compile)
        self.state: dict[str, State] = {
            group: balancing.initial_state(len(model.members(group, list(model.tasks))))
            for group in model.tails
        }

    def __call__(self, batch: Any, active: tuple[str, ...]) -> np.ndarray:
        """Make one step and return the mean loss of each active task: float32 `(num_active,)`, 0 where absent.

        Args:
            batch: of each replica, as `Distribution.per_replica` gives it: `activations`, and by task `labels`
                and `weights`.
            active: the tasks that are trained. The heads of the others, and tails that only they use, are left
                out of the optimizer.
        """
        losses, state = self._compiled(active)(batch, self.state)
        self.state = self._distribution.first(state)
        mean_losses: np.ndarray = self._distribution.first(losses)
        return mean_losses

    def gradients(self, batch: Any, active: tuple[str, ...]) -> list[np.ndarray]:
        """Return the gradients that a step would apply, added up over all replicas; nothing is changed."""

        def replica(batch: Mapping[str, Any], state: Mapping[str, State]) -> list[Any]:
            _, _, pairs, _ = self._gradients(batch, state, active)
            return [_sum_over_replicas(gradient) for gradient, _ in pairs]

        run = tf.function(
            lambda batch, state: self._distribution.strategy.run(replica, (batch, state)), autograph=False
        )
        return [np.asarray(self._distribution.first(gradient)) for gradient in run(batch, self.state)]

    def _compile(self, active: tuple[str, ...]) -> Callable[[Any, Any], Any]:
        def replica(batch: Mapping[str, Any], state: Mapping[str, State]) -> tuple[Any, Any]:
            losses, present, pairs, state = self._gradients(batch, state, active)
            gradients, variables = zip(*pairs, strict=True)
            self._model.optimizer.apply(gradients, variables)
            if self._balancing.looks_ahead:
                after = self._losses(batch, active)
                state = {
                    group: self._balancing.learn(
                        state[group],
                        self._spread(losses, group, active),
                        self._spread(after, group, active),
                        self._spread(present, group, active),
                    )
                    for group in state
                }
            return tf.stack([losses[name] for name in active]), state

        return tf.function(
            lambda batch, state: self._distribution.strategy.run(replica, (batch, state)),
            autograph=False,
            reduce_retracing=True,
        )

    def _gradients(
        self, batch: Mapping[str, Any], state: Mapping[str, State], active: tuple[str, ...]
    ) -> tuple[dict[str, Any], dict[str, Any], list[tuple[Any, Any]], dict[str, State]]:
        """Return losses and presence by task, (this replica's gradient, variable) pairs, and the new state."""
        model, new_state = self._model, dict(state)
        pairs: list[tuple[Any, Any]] = []
        losses: dict[str, Any] = {}
        present: dict[str, Any] = {}
        for group, tail in model.tails.items():
            members = model.members(group, active)
            if not members:
                continue
            with tf.GradientTape() as tail_tape:
                features = model.features(group, batch["activations"])
            in_features = []
            for name in members:
                with tf.GradientTape() as tape:
                    tape.watch(features)
                    total = self._weighted_sum(name, features, batch)
                weight = _sum_over_replicas(tf.reduce_sum(batch["weights"][name]))
                losses[name] = tf.math.divide_no_nan(_sum_over_replicas(total), weight)
                present[name] = weight > 0
                variables = model.heads[name].trainable_variables
                scale = tf.math.divide_no_nan(model.tasks[name].loss_weight, weight)
                in_feature, *in_head = tape.gradient(total, [features, *variables], output_gradients=scale)
                in_features.append(in_feature)
                pairs += zip(in_head, variables, strict=True)
            weights, new_state[group] = self._weigh(group, members, state, losses, present, in_features)
            combined = tf.add_n([weights[name] * one for name, one in zip(members, in_features, strict=True)])
            variables = tail.trainable_variables
            pairs += zip(
                tail_tape.gradient(features, variables, output_gradients=combined), variables, strict=True
            )
        return losses, present, pairs, new_state

    def _weigh(
        self,
        group: str,
        members: list[str],
        state: Mapping[str, State],
        losses: Mapping[str, Any],
        present: Mapping[str, Any],
        in_features: list[Any],
    ) -> tuple[dict[str, Any], State]:
        """Return the weight of each member, as the balancing decides from gradients summed over all rows."""
        summed = [tf.reshape(tf.reduce_sum(gradient, axis=0), [-1]) for gradient in in_features]
        gradients = _sum_over_replicas(tf.stack(summed))
        rows = dict(zip(members, tf.unstack(gradients), strict=True))
        everyone = self._model.members(group, list(self._model.tasks))
        weights, after = self._balancing.weigh(
            state[group],
            self._spread(losses, group, members),
            tf.stack([rows.get(name, tf.zeros_like(gradients[0])) for name in everyone]),
            self._spread(present, group, members),
        )
        return {name: weights[everyone.index(name)] for name in members}, after

    def _spread(self, values: Mapping[str, Any], group: str, active: Any) -> Any:
        """Stack the values of all tasks of a group; those that have stopped are absent."""
        example = next(iter(values.values()))
        return tf.stack(
            [
                values[name] if name in active else tf.zeros_like(example)
                for name in self._model.members(group, list(self._model.tasks))
            ]
        )

    def _losses(self, batch: Mapping[str, Any], active: tuple[str, ...]) -> dict[str, Any]:
        losses = {}
        for group in self._model.tails:
            if members := self._model.members(group, active):
                features = self._model.features(group, batch["activations"])
                for name in members:
                    total = _sum_over_replicas(self._weighted_sum(name, features, batch))
                    weight = _sum_over_replicas(tf.reduce_sum(batch["weights"][name]))
                    losses[name] = tf.math.divide_no_nan(total, weight)
        return losses

    def _weighted_sum(self, name: str, features: Any, batch: Mapping[str, Any]) -> Any:
        outputs = self._model.heads[name](features, training=True)
        each = self._model.tasks[name].loss(batch["labels"][name], outputs)
        weights = batch["weights"][name]
        # Not a product alone, because an unlabelled row may have an infinite loss.
        return tf.reduce_sum(tf.where(weights > 0, weights * each, 0.0))


def _sum_over_replicas(value: Any) -> Any:
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, value)
