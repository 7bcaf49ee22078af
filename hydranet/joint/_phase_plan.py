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
        cut: above which the layers learn.
        start: where the tails start: there, or below, where heads read what is made further below.
        tasks: that are trained, by name.
        counted: the features under which blocks are counted.
    """

    number: int
    settings: FineTuning
    cut: Cut
    start: Cut
    tasks: Mapping[str, Task]
    counted: tuple[str, ...]

    def parts_read(self, backbone: Backbone) -> dict[str, list[str]]:
        """Return the names of the features that the heads of each tail group read; of joined ones, the parts."""
        read: dict[str, list[str]] = {}
        for task in self.tasks.values():
            read.setdefault(task.tail_group, []).extend(backbone.parts(backbone.feature_of(task.head)))
        return read

    def num_steps(self, steps_per_epoch: int) -> int:
        """Return how many steps it has at most."""
        return self.settings.steps or self.settings.epochs * steps_per_epoch
