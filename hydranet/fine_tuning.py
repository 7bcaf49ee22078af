"""A phase of fine-tuning as data: how much of the backbone's top learns, and how."""

import re
from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Ge

from hydranet.balancing import Balancing, Static
from hydranet.data import Sampling
from hydranet.errors import ConfigError
from hydranet.settings import (
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    PositiveShare,
    Settings,
    ShareBelowOne,
)

Optimizer = Literal["adamw", "adam", "sgd", "rmsprop"]
Schedule = Literal["cosine", "constant"]
Storing = Literal["auto", "always", "never"]
Precision = Literal["auto", "float32", "bfloat16"]

_USUAL_DECAY = 1e-4


@dataclass(frozen=True, kw_only=True)
class GradientSteps(Settings):
    """Which optimizer makes the steps of a training by gradient.

    Args:
        optimizer: `adamw`, `adam`, `sgd` or `rmsprop`, as Keras has them.
        momentum: of `sgd`, in [0, 1).
        weight_decay: how much of a kernel a step takes away, as a share of the learning rate: apart from the gradient,
            as AdamW does it (arXiv:1711.05101), whatever the optimizer; biases and BatchNorm are spared. Where not
            given, 1e-4 with `adamw` and none with the others.

    Example:
        >>> GradientSteps().decay, GradientSteps(optimizer="sgd").decay
        (0.0001, 0.0)
    """

    optimizer: Optimizer = "adamw"
    momentum: ShareBelowOne = 0.9
    weight_decay: NonNegativeFloat | None = None

    @property
    def decay(self) -> float:
        """The weight decay, given or usual."""
        if self.weight_decay is not None:
            return self.weight_decay
        return _USUAL_DECAY if self.optimizer == "adamw" else 0.0


@dataclass(frozen=True, kw_only=True)
class FineTuning(GradientSteps):
    """A phase of joint training, after the heads have been trained on the frozen backbone.

    The epoch is chosen, and a phase is stopped, by the loss on a fifth of each task's training pictures, which train
    nothing meanwhile; where those would be fewer than 50, by that on its validation split, which then flatters. A task
    takes over what a phase has trained if its gain on these and the validation split together is more than chance
    gives.

    A phase starts from the heads as they are, but linear ones of classes no surer of the pictures that have trained
    them than of others: they would have no error left from which the layers below could learn.

    Args:
        unfreeze: how much of the top learns: `2 blocks`, the name of the lowest layer that does, a fraction of
            the layers, or `all`; rounded down to the nearest cut. `2 blocks` by default.
        fine_tune_at: instead of `unfreeze`, the index in `model.layers` of the lowest layer that learns.
        learning_rate: of the heads, and the largest of the unfrozen layers.
        learning_rate_divisor: how many times more slowly than the one above each block learns, at least 1; the
            last block learns as the heads do. Usual are 3 to 10.
        schedule: `cosine` lets the learning rate fall to zero, `constant` does not.
        warmup: the share of the steps over which the learning rate rises from zero, in [0, 1).
        optimizer: see `GradientSteps`, as `momentum` and `weight_decay`.
        batch_size: examples in one step, over all devices.
        epochs: the most epochs; one has as many rows as there are pictures that train.
        steps: instead of `epochs`, the most steps.
        patience: epochs without a lower loss on the pictures that choose, after which a task stops; the phase ends when
            all have.
        sampling: how batches are drawn from the tasks' pictures.
        balancing: how much each task's gradient counts in the shared layers.
        store: whether the activations at the cut are stored, so that an epoch runs only what learns; `auto` does
            if that is expected to be faster.
        precision: of the computation; `auto` is `bfloat16` where all devices are GPUs that gain from it.

    Raises:
        ConfigError: a field is outside its range.

    Example:
        >>> FineTuning(unfreeze="3 blocks", learning_rate_divisor=3).lowest
        '3 blocks'
    """

    unfreeze: str | PositiveShare | None = None
    fine_tune_at: NonNegativeInt | None = None
    learning_rate: PositiveFloat = 3e-4
    learning_rate_divisor: Annotated[float, Ge(1)] = 1.0
    schedule: Schedule = "cosine"
    warmup: ShareBelowOne = 0.1
    batch_size: PositiveInt = 32
    epochs: PositiveInt = 10
    steps: PositiveInt | None = None
    patience: PositiveInt = 5
    sampling: Sampling = field(default_factory=Sampling)
    balancing: Balancing = field(default_factory=Static)
    store: Storing = "auto"
    precision: Precision = "auto"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.unfreeze is not None and self.fine_tune_at is not None:
            raise ConfigError("unfreeze and fine_tune_at say the same: give one of them.")
        if isinstance(self.unfreeze, str) and re.fullmatch(r"0+ blocks?", self.unfreeze):
            raise ConfigError("unfreeze must be at least 1 block; leave the phase out to train no layer.")

    @property
    def lowest(self) -> str | float:
        """The lowest layer that learns, as `unfreezing_cut` takes it."""
        if self.fine_tune_at is not None:
            return self.fine_tune_at
        return "2 blocks" if self.unfreeze is None else self.unfreeze
