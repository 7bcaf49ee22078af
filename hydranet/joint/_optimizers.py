"""Fine-tuning: groups of variables that learn at rates of their own, and how the rate changes over a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import keras

from hydranet.errors import ConfigError
from hydranet.fine_tuning import GradientSteps
from hydranet.settings import NonNegativeFloat, PositiveFloat, Settings

# The share of the learning rate that is left at the end.
_FINAL_SHARES = {"constant": 1.0, "cosine": 0.0}


@dataclass(frozen=True, eq=False)
class ParameterGroup(Settings):
    """Variables that learn alike.

    Args:
        variables: Keras variables; none is in another group.
        learning_rate_multiplier: the group's share of the optimizer's learning rate, above 0.
        weight_decay: a step takes `learning_rate * learning_rate_multiplier * weight_decay` of a value away;
            at least 0. Only variables with two or more axes decay: all kernels, depthwise ones included, but
            neither biases nor the scales and offsets of normalisation.

    Raises:
        ConfigError: a number is outside its range.

    Example:
        >>> import keras
        >>> ParameterGroup([keras.Variable([[0.5]])], learning_rate_multiplier=0.1).weight_decay
        0.0
    """

    variables: Sequence[keras.Variable]
    learning_rate_multiplier: PositiveFloat = 1.0
    weight_decay: NonNegativeFloat = 0.0


class _Grouped:
    """What makes a Keras optimizer one in which every group of variables has its own learning rate and weight decay.

    After Howard & Ruder, Universal Language Model Fine-tuning for Text Classification (2018, arXiv:1801.06146),
    whose discriminative learning rates let earlier layers change less, and Loshchilov & Hutter, Decoupled Weight
    Decay Regularization (2019, arXiv:1711.05101). The rate is changed where the step is made: to scale gradients
    instead does next to nothing where an optimizer divides by their size.

    It is built at once, so make it under the scope of the strategy that it runs in. `apply(gradients, variables)`
    leaves variables that it is not given, and their moments, bit for bit as they were; one whose gradient is None
    is left out likewise, with Keras's warning. Adam's correction of the moments counts all steps, so that variables
    which join late start with steps up to 6.6 times too large: give those a new optimizer.

    Args:
        groups: all variables that will ever be trained, each once.
        learning_rate: of a group whose multiplier is 1, as a float or by step.
        **arguments: further arguments of the Keras optimizer but `weight_decay`, such as `momentum`. Keras clips
            before it sums the gradients of the replicas.

    Raises:
        ConfigError: a variable is there twice.
    """

    def __init__(
        self,
        groups: Sequence[ParameterGroup],
        learning_rate: float | keras.optimizers.schedules.LearningRateSchedule,
        **arguments: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay=None, **arguments)  # type: ignore[call-arg]
        variables = [variable for group in groups for variable in group.variables]
        _check_unique(variables)
        self._rates = tuple(
            (group.learning_rate_multiplier, group.weight_decay if len(variable.shape) > 1 else 0.0)
            for group in groups
            for variable in group.variables
        )
        self.build(variables)  # type: ignore[attr-defined]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Decay one variable and move it, both at the rate of its group."""
        # A strategy calls this once for each replica's copy, so that copies are decayed once, and alike.
        multiplier, weight_decay = self._rates[self._get_variable_index(variable)]  # type: ignore[attr-defined]
        learning_rate = keras.ops.cast(learning_rate, variable.dtype) * multiplier
        if weight_decay:
            self.assign_sub(variable, variable * weight_decay * learning_rate)  # type: ignore[attr-defined]
        super().update_step(gradient, variable, learning_rate)  # type: ignore[misc]


class GroupedAdam(_Grouped, keras.optimizers.Adam):
    """Adam by groups of variables; with weight decay it is AdamW. See `_Grouped`.

    Example:
        >>> import keras
        >>> early, late = keras.Variable([1.0]), keras.Variable([1.0])
        >>> groups = [ParameterGroup([early], learning_rate_multiplier=0.1), ParameterGroup([late])]
        >>> optimizer = GroupedAdam(groups, learning_rate=0.5)
        >>> optimizer.apply([keras.ops.ones(1), keras.ops.ones(1)], [early, late])
        >>> [round(float(variable[0]), 3) for variable in (early, late)]
        [0.95, 0.5]
    """


class GroupedSGD(_Grouped, keras.optimizers.SGD):
    """Gradient descent by groups of variables; see `_Grouped`."""


class GroupedRMSprop(_Grouped, keras.optimizers.RMSprop):
    """RMSprop by groups of variables; see `_Grouped`."""


def new_optimizer(
    steps: GradientSteps,
    groups: Sequence[ParameterGroup],
    learning_rate: float | keras.optimizers.schedules.LearningRateSchedule,
) -> Any:
    """Return the optimizer of a training by gradient, over all variables that it will ever train.

    Args:
        steps: which optimizer.
        groups: of variables, each once.
        learning_rate: of a group whose multiplier is 1, as a float or by step.

    Raises:
        ConfigError: a variable is there twice.
    """
    kind, arguments = {
        "adamw": (GroupedAdam, {}),
        "adam": (GroupedAdam, {}),
        "sgd": (GroupedSGD, {"momentum": steps.momentum}),
        "rmsprop": (GroupedRMSprop, {}),
    }[steps.optimizer]
    return kind(groups, learning_rate, **arguments)


def learning_rate_schedule(
    learning_rate: float, *, schedule: Literal["constant", "cosine"], warmup_steps: int, num_steps: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Return a learning rate that rises in a line, and then stays or falls along half a cosine.

    Step `s` of the warm-up has `(s + 1) / (warmup_steps + 1)` of the rate, so that no step is lost, and step
    `warmup_steps` all of it. The cosine would be 0 at step `num_steps`, the first that is not made. After
    Goyal et al. (2017, arXiv:1706.02677) and Loshchilov & Hutter (2017, arXiv:1608.03983).

    Args:
        learning_rate: the highest.
        schedule: what follows the warm-up.
        warmup_steps: in [0, num_steps].
        num_steps: of the whole run, warm-up included.

    Raises:
        ConfigError: the warm-up is negative, or longer than the run.

    Example:
        >>> rate = learning_rate_schedule(0.4, schedule="cosine", warmup_steps=1, num_steps=5)
        >>> [round(float(rate(step)), 3) for step in range(6)]
        [0.2, 0.4, 0.341, 0.2, 0.059, 0.0]
    """
    if not 0 <= warmup_steps <= num_steps:
        raise ConfigError(
            f"warmup_steps must be in [0, {num_steps}], the steps of the run: received {warmup_steps}."
        )
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=learning_rate / (warmup_steps + 1),
        warmup_target=learning_rate,
        warmup_steps=warmup_steps,
        decay_steps=max(num_steps - warmup_steps, 1),  # Keras refuses 0, even where the warm-up is all
        alpha=_FINAL_SHARES[schedule],
    )


def _check_unique(variables: Sequence[keras.Variable]) -> None:
    seen = set()
    for variable in variables:
        if id(variable) in seen:
            raise ConfigError(f"{variable.path} is in the parameter groups twice, expected once.")
        seen.add(id(variable))
