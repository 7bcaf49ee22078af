"""What phases leave to each other: the heads, the tail of each group, and which tasks are still trained.

A task that a phase has not made better keeps the layers that it had: it leaves the shared tail, and the copy from
before the phase becomes a tail of its own.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from hydranet.backbones import Cut, can_learn
from hydranet.joint._job import TrainingJob
from hydranet.joint._phase_cuts import find_phase_cuts, find_starts
from hydranet.joint._phase_plan import PhasePlan
from hydranet.joint._phase_state import PhaseResult
from hydranet.joint._start import Start
from hydranet.model import HydraNet, Tail, Trunk
from hydranet.runs import Snapshot
from hydranet.tasks import FROZEN, Task

_log = logging.getLogger(__name__)


@dataclass
class TuningState:
    """How far fine-tuning has come, in JSON types.

    Args:
        tail_groups: the tail group of each task.
        settled: tasks that are not trained (any more).
        trained_groups: tail groups that are not what the pretraining left.
        metrics: validation metrics of the tasks that have been made better, by name.
        history: one row per phase, task and epoch.
        phases: what each phase that is over has done.
    """

    tail_groups: dict[str, str]
    settled: list[str]
    trained_groups: list[str] = field(default_factory=list)
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    phases: list[dict[str, Any]] = field(default_factory=list)


class Tuning:
    """The layers above the trunk between two phases.

    Args:
        trunk: the whole pretrained network; it is not changed.
        heads: trained on the frozen backbone, by task name; they are not changed.
        job: its tasks, with their classes known and each with the feature that its head reads; its phases, at least
            one.
        counted: the features under which blocks are counted.
        starts: what a phase starts from instead, by task name.

    Attributes:
        heads: the present ones, by task name.
        state: how far it has come.
    """

    def __init__(
        self,
        trunk: Trunk,
        heads: Mapping[str, Any],
        job: TrainingJob,
        counted: tuple[str, ...],
        starts: Mapping[str, Start] | None = None,
    ) -> None:
        self._experiment, self._counted = job.experiment, counted
        self._reads = {
            name: trunk.backbone.feature_of(task.head) for name, task in job.experiment.tasks.items()
        }
        self._trunk = trunk.giving(self._reads.values())
        self._cuts = find_phase_cuts(trunk.giving(counted), job.experiment.fine_tuning)
        self._tail_starts = find_starts(self._trunk, self._cuts, job.start)
        self._tails: dict[str, Tail] = {}
        self.heads, self._starts = dict(heads), dict(starts or {})
        groups = {name: task.tail_group for name, task in job.experiment.tasks.items()}
        self.state = TuningState(groups, settled=[name for name in groups if groups[name] == FROZEN])

    def next_phase(self) -> PhasePlan | None:
        """Return what comes next, or None when all phases are over or no task is trained any more."""
        waiting = {
            name: task for name, task in self._experiment.tasks.items() if name not in self.state.settled
        }
        while waiting and (index := len(self.state.phases)) < len(self._cuts):
            cut = self._cuts[index]
            if tasks := self._that_learn(waiting, cut):
                settings, start = self._experiment.fine_tuning[index], self._tail_starts[index]
                return PhasePlan(index + 1, settings, cut, start, tasks, self._counted)
            self.state.phases.append({"cut": cut.layer, "epochs": 0, "steps": 0, "tasks": {}})
        return None

    def _that_learn(self, tasks: Mapping[str, Task], cut: Cut) -> dict[str, Task]:
        """Return the tasks whose heads read what layers above a cut have made."""
        learning = {
            name: task
            for name, task in tasks.items()
            if can_learn(self._trunk.whole, cut, [self._reads[name]])
        }
        for name in (name for name in tasks if name not in learning):
            _log.info(
                "%s reads %s, which is made below %s: it is not fine-tuned.",
                name,
                self._reads[name],
                cut.layer,
            )
        return learning

    def layers_above(self, plan: PhasePlan) -> dict[str, Any]:
        """Return the present layers from where the tails of a phase start, as a Keras model for each tail group."""
        read = plan.parts_read(self._trunk.backbone)
        return {group: self._tail(group).giving(parts).above(plan.start) for group, parts in read.items()}

    def starts(self, names: Iterable[str]) -> Mapping[str, Start]:
        """Return the heads that a phase starts from instead of the present ones, for some tasks."""
        return {
            name: self._starts[name]
            for name in names
            if name in self._starts and name not in self.state.metrics
        }

    def settle(self, plan: PhasePlan, result: PhaseResult, record: Mapping[str, Any]) -> None:
        """Take over what a phase has made better, and leave the rest as it was.

        Args:
            plan: of the phase.
            result: of the phase.
            record: what `metrics.json` will say of it.
        """
        state, better, layers = self.state, result.better, self.layers_above(plan)
        for group in dict.fromkeys(state.tail_groups[name] for name in plan.tasks):
            members = [name for name in plan.tasks if state.tail_groups[name] == group]
            if set(members) & set(better):
                self._keep_for_others(plan, group, [name for name in members if name not in better])
                layers[group].set_weights(result.weights[f"tail {group}"])
                state.trained_groups = [*dict.fromkeys([*state.trained_groups, group])]
        for name in better:
            self.heads[name] = self._new_head(name, result.weights[f"head {name}"])
            state.metrics[name] = result.after[name].metrics
        state.history += result.history
        state.phases.append(dict(record))

    def model(self) -> HydraNet:
        """Return the present model: over the whole trunk if no phase has helped, else over trunk and tails."""
        tasks = self._experiment.tasks.values()
        if not self.state.trained_groups:
            return HydraNet(self._trunk, tasks, heads=self.heads)
        groups = {
            name: group if group in self.state.trained_groups else FROZEN
            for name, group in self.state.tail_groups.items()
        }
        return HydraNet(
            self._trunk.below(self._tail_starts[-1]),
            tasks,
            heads=self.heads,
            tails={group: self._tail(group) for group in groups.values()},
            tail_groups=groups,
        )

    def snapshot(self) -> Snapshot:
        """Return everything that `restore` needs to go on from here."""
        arrays = {
            "tails": {group: tail.network.get_weights() for group, tail in self._tails.items()},
            "heads": {name: head.get_weights() for name, head in self.heads.items()},
        }
        return Snapshot(asdict(self.state), arrays)

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from a snapshot."""
        self.state = TuningState(**snapshot.state)
        for group, weights in snapshot.arrays.get("tails", {}).items():
            self._tail(group).network.set_weights(weights)
        self.heads = {name: self._new_head(name, snapshot.arrays["heads"][name]) for name in self.heads}

    def _keep_for_others(self, plan: PhasePlan, group: str, names: Sequence[str]) -> None:
        """Give tasks that have not become better a copy of the tail that is about to change."""
        if not names:
            return
        # With a hyphen, which the config does not allow, so that no group of the user's has this name.
        kept = f"{group}-{plan.number - 1}" if group in self.state.trained_groups else FROZEN
        if kept != FROZEN:
            self._tail(kept).network.set_weights(self._tail(group).network.get_weights())
            self.state.trained_groups.append(kept)
        for name in names:
            self.state.tail_groups[name] = kept
            self.state.settled.append(name)

    def _tail(self, group: str) -> Tail:
        """Return the tail of a group; a new one is what the pretraining left."""
        if group not in self._tails:
            self._tails[group] = Tail.of(self._trunk, self._tail_starts[-1], name=f"tail_{group}")
        return self._tails[group]

    def _new_head(self, name: str, weights: Sequence[Any]) -> Any:
        task = self._experiment.tasks[name]
        head = task.build_head(self._trunk.shape_for(task.head))
        head.set_weights(list(weights))
        return head
