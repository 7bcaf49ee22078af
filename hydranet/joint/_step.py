"""One step of joint training: the tails once, every head, one backward pass of the balanced sum of the losses.

A task's loss is its weighted mean over the labelled rows of the global batch, whose sum of weights is added up over
all replicas first; Keras's own reductions divide by each replica's, which is something else as soon as labels are
spread unevenly.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import tensorflow as tf

from hydranet.balancing import Balancing, State
from hydranet.distribution import Distribution
from hydranet.joint._model import JointModel


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
        self._compiled = lru_cache(1)(self._compile)  # tasks that have stopped never come back
        self._compiled_gradients = lru_cache(1)(self._compile_gradients)
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
        losses, self.state = self._distribution.first(self._compiled(active)(batch, self.state))
        mean_losses: np.ndarray = losses
        return mean_losses

    def gradients(self, batch: Any, active: tuple[str, ...]) -> list[np.ndarray]:
        """Return the gradients that a step would apply, added up over all replicas; nothing is changed.

        They come group by group: those of the variables of each active head, then those of the tail.
        """
        gradients: list[np.ndarray] = self._distribution.first(
            self._compiled_gradients(active)(batch, self.state)
        )
        return gradients

    def _compile(self, active: tuple[str, ...]) -> Callable[..., Any]:
        def step(batch: Mapping[str, Any], state: Mapping[str, State]) -> tuple[Any, Any]:
            losses, label_weights, pairs, state = self._gradients(batch, state, active)
            gradients, variables = zip(*pairs, strict=True)
            self._model.optimizer.apply(gradients, variables)
            if self._balancing.looks_ahead:
                after = self._losses(batch, active, label_weights)
                present = {name: weight > 0 for name, weight in label_weights.items()}
                state = {
                    group: self._balancing.learn(
                        state[group], *(self._spread(values, group) for values in (losses, after, present))
                    )
                    for group in state
                }
            return tf.stack([losses[name] for name in active]), state

        return self._distribution.on_replicas(step)

    def _compile_gradients(self, active: tuple[str, ...]) -> Callable[..., Any]:
        def gradients(batch: Mapping[str, Any], state: Mapping[str, State]) -> list[Any]:
            pairs = self._gradients(batch, state, active)[2]
            return _sum_over_replicas([gradient for gradient, _ in pairs])

        return self._distribution.on_replicas(gradients)

    def _gradients(
        self, batch: Mapping[str, Any], state: Mapping[str, State], active: tuple[str, ...]
    ) -> tuple[dict[str, Any], dict[str, Any], list[tuple[Any, Any]], dict[str, State]]:
        """Return losses and weights of labels by task, (this replica's gradient, variable) pairs, and the new state."""
        model, new_state = self._model, dict(state)
        label_weights = _sums({name: tf.reduce_sum(batch["weights"][name]) for name in active})
        losses: dict[str, Any] = {}
        pairs: list[tuple[Any, Any]] = []
        for group, tail in model.tails.items():
            members = model.members(group, active)
            if not members:
                continue
            with tf.GradientTape() as tail_tape:
                features = model.features(group, batch["activations"])
            learning = {feature: features[feature] for feature in model.learning[group]}
            totals, in_features = {}, {}
            for name in members:
                with tf.GradientTape() as tape:
                    tape.watch(learning)
                    totals[name] = self._weighted_sum(name, features, batch)
                variables = model.heads[name].trainable_variables
                scale = tf.math.divide_no_nan(model.tasks[name].loss_weight, label_weights[name])
                in_features[name], *in_head = tape.gradient(
                    totals[name],
                    [learning, *variables],
                    output_gradients=scale,
                    unconnected_gradients=tf.UnconnectedGradients.ZERO,  # of features that this head does not read
                )
                pairs += zip(in_head, variables, strict=True)
            of_group = _means(totals, label_weights)
            weights, new_state[group] = self._weigh(group, state[group], of_group, in_features, label_weights)
            combined = {
                feature: tf.add_n([weights[name] * in_features[name][feature] for name in members])
                for feature in learning
            }
            variables = tail.trainable_variables
            in_tail = tail_tape.gradient(learning, variables, output_gradients=combined)
            # Some weights are never used, such as the token that stands for hidden patches in pretraining.
            pairs += [pair for pair in zip(in_tail, variables, strict=True) if pair[0] is not None]
            losses |= of_group
        return losses, label_weights, pairs, new_state

    def _weigh(
        self,
        group: str,
        state: State,
        losses: Mapping[str, Any],
        in_features: Mapping[str, Any],
        label_weights: Mapping[str, Any],
    ) -> tuple[dict[str, Any], State]:
        """Return the weight of each member, as the balancing decides from gradients summed over all rows."""
        summed = [_summed_over_rows(tf.nest.flatten(gradients)) for gradients in in_features.values()]
        gradients = dict(zip(in_features, tf.unstack(_sum_over_replicas(tf.stack(summed))), strict=True))
        present = {name: label_weights[name] > 0 for name in losses}
        weights, new_state = self._balancing.weigh(
            state, *(self._spread(values, group) for values in (losses, gradients, present))
        )
        return dict(zip(self._everyone(group), tf.unstack(weights), strict=True)), new_state

    def _everyone(self, group: str) -> list[str]:
        return self._model.members(group, list(self._model.tasks))

    def _spread(self, values: Mapping[str, Any], group: str) -> Any:
        """Stack the values of all tasks of a group; those that have stopped are absent: 0."""
        zero = tf.zeros_like(next(iter(values.values())))
        return tf.stack([values.get(name, zero) for name in self._everyone(group)])

    def _losses(
        self, batch: Mapping[str, Any], active: tuple[str, ...], label_weights: Mapping[str, Any]
    ) -> dict[str, Any]:
        totals: dict[str, Any] = {}
        for group in self._model.tails:
            if members := self._model.members(group, active):
                features = self._model.features(group, batch["activations"])
                totals |= {name: self._weighted_sum(name, features, batch) for name in members}
        return _means(totals, label_weights)

    def _weighted_sum(self, name: str, features: Any, batch: Mapping[str, Any]) -> Any:
        outputs = self._model.outputs(name, features, training=True)
        each = self._model.tasks[name].training_loss(batch["labels"][name], outputs)
        weights = batch["weights"][name]
        # Not a product alone, because an unlabelled row may have an infinite loss.
        return tf.reduce_sum(tf.where(weights > 0, weights * each, 0.0))


def _summed_over_rows(gradients: Sequence[Any]) -> Any:
    """Return the gradients in all features of a group as one vector."""
    return tf.concat([tf.reshape(tf.reduce_sum(each, axis=0), [-1]) for each in gradients], axis=0)


def _means(totals: Mapping[str, Any], label_weights: Mapping[str, Any]) -> dict[str, Any]:
    """Return mean losses from the sums of each replica."""
    return {name: tf.math.divide_no_nan(total, label_weights[name]) for name, total in _sums(totals).items()}


def _sums(values: Mapping[str, Any]) -> dict[str, Any]:
    """Add up a number of each task over all replicas; one message carries them all."""
    return dict(zip(values, tf.unstack(_sum_over_replicas(tf.stack(list(values.values())))), strict=True))


def _sum_over_replicas(value: Any) -> Any:
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, value)
