"""What a phase of fine-tuning is about to do."""

from collections.abc import Mapping
from dataclasses import dataclass

from hydranet.backbones import Backbone, Cut
from hydranet.fine_tuning import FineTuning
from hydranet.tasks import Task


@dataclass(frozen=True)
class PhasePlan:
    """A phase that has not begun.

    Args:
        number: of the phase, from 1.
        settings: learning rates, epochs, patience …
        cut: where the tails start.
        tasks: that are trained, by name.
    """

    number: int
    settings: FineTuning
    cut: Cut
    tasks: Mapping[str, Task]

    def features_read(self, backbone: Backbone) -> dict[str, list[str]]:
        """Return the names of the features that the heads of each tail group read."""
        read: dict[str, list[str]] = {}
        for task in self.tasks.values():
            read.setdefault(task.tail_group, []).append(backbone.feature_of(task.head))
        return read

    def num_steps(self, steps_per_epoch: int) -> int:
        """Return how many steps it has at most."""
        return self.settings.steps or self.settings.epochs * steps_per_epoch
