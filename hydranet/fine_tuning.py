"""A phase of fine-tuning as data: how much of the backbone's top learns, and how."""

import re
from dataclasses import dataclass, field
from math import inf
from typing import Literal, get_args

from hydranet.balancing import Balancing, Static
from hydranet.data import Sampling
from hydranet.errors import ConfigError
from hydranet.naming import unknown_name

Schedule = Literal["cosine", "constant"]
Storing = Literal["auto", "always", "never"]
Precision = Literal["auto", "float32", "bfloat16"]

_CHOICES = {"schedule": Schedule, "store": Storing, "precision": Precision}


@dataclass(frozen=True, kw_only=True)
class FineTuning:
    """A phase of joint training, after the heads have been trained on the frozen backbone.

    A phase goes on from the better of the weights before it and after it. The epoch is chosen, and a phase is
    stopped, by the loss on the validation splits; so a metric on them flatters a little, and one on a test split
    does not.

    Args:
        unfreeze: how much of the top learns: `2 blocks`, the name of the lowest layer that does, a fraction of
            the layers, or `all`; rounded down to the nearest cut. `2 blocks` by default.
        fine_tune_at: instead of `unfreeze`, the index in `model.layers` of the lowest layer that learns.
        learning_rate: of the heads, and the largest of the unfrozen layers.
        learning_rate_divisor: how many times more slowly than the one above each block learns, at least 1; the
            last block learns as the heads do. Usual are 3 to 10.
        schedule: `cosine` lets the learning rate fall to zero, `constant` does not.
        warmup: the share of the steps over which the learning rate rises from zero, in [0, 1).
        weight_decay: of AdamW; biases and BatchNorm are spared.
        batch_size: examples in one step, over all devices.
        epochs: the most epochs; one has as many rows as there are training pictures.
        steps: instead of `epochs`, the most steps.
        patience: epochs without a lower validation loss after which a task stops; the phase ends when all have.
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

    unfreeze: str | float | None = None
    fine_tune_at: int | None = None
    learning_rate: float = 1e-4
    learning_rate_divisor: float = 1.0
    schedule: Schedule = "cosine"
    warmup: float = 0.1
    weight_decay: float = 1e-4
    batch_size: int = 32
    epochs: int = 10
    steps: int | None = None
    patience: int = 3
    sampling: Sampling = field(default_factory=Sampling)
    balancing: Balancing = field(default_factory=Static)
    store: Storing = "auto"
    precision: Precision = "auto"

    def __post_init__(self) -> None:
        if self.unfreeze is not None and self.fine_tune_at is not None:
            raise ConfigError("unfreeze and fine_tune_at say the same: give one of them.")
        if isinstance(self.unfreeze, float) and not 0 < self.unfreeze <= 1:
            raise ConfigError(f"unfreeze must be a share of the layers in (0, 1]: received {self.unfreeze}.")
        if isinstance(self.unfreeze, str) and re.fullmatch(r"0+ blocks?", self.unfreeze):
            raise ConfigError("unfreeze must be at least 1 block; leave the phase out to train no layer.")
        for name in ("batch_size", "epochs", "patience", "learning_rate_divisor", "steps"):
            value = getattr(self, name)
            if value is not None and not value >= 1:
                raise ConfigError(f"{name} must be at least 1: received {value}.")
        if not 0 < self.learning_rate < inf:
            raise ConfigError(f"learning_rate must be above 0 and finite: received {self.learning_rate}.")
        if not self.weight_decay >= 0:
            raise ConfigError(f"weight_decay must be at least 0: received {self.weight_decay}.")
        if not 0 <= self.warmup < 1:
            raise ConfigError(f"warmup must be in [0, 1): received {self.warmup}.")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in get_args(choices):
                raise ConfigError(unknown_name(name, getattr(self, name), get_args(choices)))

    @property
    def lowest(self) -> str | float:
        """The lowest layer that learns, as `unfreezing_cut` takes it."""
        if self.fine_tune_at is not None:
            return self.fine_tune_at
        return "2 blocks" if self.unfreeze is None else self.unfreeze
