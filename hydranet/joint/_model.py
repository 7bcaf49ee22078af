"""Tails and heads while they are trained together: copies that live on the devices of the training."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from hydranet.backbones import can_learn
from hydranet.distribution import Distribution
from hydranet.fine_tuning import FineTuning
from hydranet.joint._optimizers import ParameterGroup, learning_rate_schedule, new_optimizer
from hydranet.joint._phase_plan import PhasePlan
from hydranet.model import Tail, Trunk
from hydranet.tasks import Task


class JointModel:
    """The tails and heads that are trained together, and their optimizer.

    All BatchNorm, in tails and heads, keeps its statistics: those of a batch would depend on how it is divided
    among replicas, and on which tasks its rows belong to.

    Args:
        trunk: says how a tail is made.
        plan: of the phase: its tasks, where their tails start, what of those learns, learning rates and precision.
        tails: the present layers from there on, by tail group.
        heads: the present heads, by task name.
        num_steps: of the phase.
        distribution: where it lives.

    Attributes:
        learning: by tail group, the names of the features under which layers learn, of those that `features` gives.
    """

    def __init__(
        self,
        trunk: Trunk,
        plan: PhasePlan,
        tails: Mapping[str, Any],
        heads: Mapping[str, Any],
        num_steps: int,
        distribution: Distribution,
    ) -> None:
        phase = plan.settings
        self.tasks = dict(plan.tasks)
        self.tail_groups = {name: task.tail_group for name, task in self.tasks.items()}
        self._parts = {
            name: trunk.backbone.parts(trunk.backbone.feature_of(task.head))
            for name, task in self.tasks.items()
        }
        with distribution.strategy.scope():
            with _precision(phase, distribution):
                self.tails = {
                    group: Tail(trunk.backbone, cut=plan.start.index, features=parts, name=group)
                    for group, parts in plan.parts_read(trunk.backbone).items()
                }
            for group, tail in self.tails.items():
                tail.network.set_weights(tails[group].get_weights())
            self._blocks = {
                group: tail.unfreeze(plan.cut, plan.counted) for group, tail in self.tails.items()
            }
            self.learning = {
                group: [part for part in tail.features if can_learn(trunk.whole, plan.cut, [part])]
                for group, tail in self.tails.items()
            }
            self.heads = {
                name: _copy_of_head(heads[name], task, trunk.shape_for(task.head))
                for name, task in self.tasks.items()
            }
            self.optimizer = new_optimizer(
                phase,
                list(self._parameter_groups(phase)),
                learning_rate_schedule(
                    phase.learning_rate,
                    schedule=phase.schedule,
                    warmup_steps=int(phase.warmup * num_steps),
                    num_steps=num_steps,
                ),
            )

    def features(self, group: str, activations: Any) -> dict[str, Any]:
        """Return what a group's heads read, by name: float32, whatever the precision of the tail.

        Of joined features the parts, so that what several heads share is one.
        """
        given = self.tails[group](activations)
        return {name: keras.ops.cast(feature, "float32") for name, feature in given.items()}

    def outputs(self, task: str, features: Mapping[str, Any], *, training: bool) -> Any:
        """Return what the head of a task gives for the features of its group."""
        parts = [features[part] for part in self._parts[task]]
        read = parts[0] if len(parts) == 1 else keras.ops.concatenate(parts, axis=-1)
        return self.heads[task](read, training=training)

    def members(self, group: str, tasks: Sequence[str]) -> list[str]:
        """Return which of `tasks` belong to a tail group."""
        return [name for name in tasks if self.tail_groups[name] == group]

    def arrays(self) -> dict[str, list[np.ndarray]]:
        """Return all weights of tails and heads, by `tail NAME` and `head NAME`."""
        return {
            **{f"tail {group}": tail.network.get_weights() for group, tail in self.tails.items()},
            **{f"head {name}": head.get_weights() for name, head in self.heads.items()},
        }

    def set_arrays(self, arrays: Mapping[str, Sequence[np.ndarray]]) -> None:
        """Set all weights to what `arrays` has returned."""
        for group, tail in self.tails.items():
            tail.network.set_weights(arrays[f"tail {group}"])
        for name, head in self.heads.items():
            head.set_weights(arrays[f"head {name}"])

    def set_heads(self, weights: Mapping[str, Sequence[np.ndarray]]) -> None:
        """Set the weights of some heads, by task name."""
        for name, arrays in weights.items():
            self.heads[name].set_weights(list(arrays))

    def scale_outputs(self, factors: Mapping[str, float]) -> None:
        """Multiply the outputs of some heads that end in a dense layer by a factor, by task name."""
        for name, factor in factors.items():
            dense = [
                layer for layer in self.heads[name]._flatten_layers() if isinstance(layer, keras.layers.Dense)
            ][-1]
            dense.set_weights([np.float32(factor) * weight for weight in dense.get_weights()])

    def dropout_seeds(self) -> dict[str, list[Any]]:
        """Return the states of each head's random numbers, as variables, by task name."""
        return {
            name: [
                variable
                for variable in head.variables
                if not any(variable is weight for weight in head.weights)
            ]
            for name, head in self.heads.items()
        }

    def _parameter_groups(self, phase: FineTuning) -> Iterator[ParameterGroup]:
        for blocks in self._blocks.values():
            for distance, layers in enumerate(reversed(blocks)):
                variables = [variable for layer in layers for variable in layer.trainable_variables]
                multiplier = phase.learning_rate_divisor**-distance
                yield ParameterGroup(variables, multiplier, phase.decay)
        for head in self.heads.values():
            yield ParameterGroup(head.trainable_variables, 1.0, phase.decay)


def _copy_of_head(head: Any, task: Task, feature_shape: tuple[int, ...]) -> Any:
    copy = task.build_head(feature_shape)
    copy.set_weights(head.get_weights())
    for layer in copy._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    return copy


@contextmanager
def _precision(phase: FineTuning, distribution: Distribution) -> Iterator[None]:
    """Let new layers compute in the phase's precision; their weights are float32 in any case."""
    before = keras.config.dtype_policy()
    bfloat16 = phase.precision == "bfloat16" or (phase.precision == "auto" and distribution.has_bfloat16_gpus)
    keras.config.set_dtype_policy("mixed_bfloat16" if bfloat16 else "float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
