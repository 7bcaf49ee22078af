"""Steps of joint training, as a phase of fine-tuning makes them."""

from collections.abc import Mapping
from itertools import cycle

from hydranet import FineTuning, Trunk
from hydranet.backbones._cuts import above
from hydranet.distribution import Distribution
from hydranet.experiment import Experiment
from hydranet.features._prepare import Splits
from hydranet.joint._batches import JointBatches
from hydranet.joint._job import TrainingJob
from hydranet.joint._model import JointModel
from hydranet.joint._phase_data import load_phase_data
from hydranet.joint._phase_plan import PhasePlan
from hydranet.joint._step import JointStep


class JointSteps:
    """Makes steps of a phase that trains all tasks in one tail.

    Args:
        experiment: its tasks, with their classes known.
        datasets: the pictures of each task.
        trunk: the whole pretrained network.
        phase: what is trained, and whether its activations are stored.
        distribution: where.
    """

    def __init__(
        self,
        experiment: Experiment,
        datasets: Mapping[str, Splits],
        trunk: Trunk,
        phase: FineTuning,
        distribution: Distribution,
    ) -> None:
        cut, tasks = trunk.find_cut(phase.unfreeze), experiment.tasks
        plan = PhasePlan(1, phase, cut, cut, tasks, trunk.features)
        data = load_phase_data(trunk, plan, TrainingJob(experiment, datasets, distribution))
        self.share_above = 1 - cut.share_below
        self.model = JointModel(
            trunk,
            plan,
            {"shared": above(trunk.whole, cut, trunk.features)},
            {name: task.build_head(trunk.feature_shapes["pooled"]) for name, task in tasks.items()},
            1_000_000,
            distribution,
        )
        self._tasks, self._mixture, self._distribution = tuple(tasks), data.mixture, distribution
        self._batches = JointBatches(data.rows, data.training, 0, distribution)
        self._step = JointStep(self.model, phase.balancing, distribution)
        # Full batches only: at smoke size there is one a time, over and over.
        self._numbers = cycle(range(max(data.mixture.rows_per_epoch // phase.batch_size, 1)))

    def make(self, count: int) -> None:
        """Make the next `count` steps."""
        for _ in range(count):
            batch = self._batches.make(self._mixture, next(self._numbers), self._tasks)
            self._step(self._distribution.per_replica(batch.of_replica.__getitem__), self._tasks)
