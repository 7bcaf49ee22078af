"""Phase after phase: the top of the backbone and the heads, trained together; no task ends worse than it began.

A task that a phase has not made better keeps the layers that it had: it leaves the shared tail, and the copy from
before the phase becomes a tail of its own.
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from hydranet.backbones import Cut, unfreezing_cut
from hydranet.distribution import Distribution
from hydranet.errors import ConfigError
from hydranet.experiment import Experiment
from hydranet.features import Splits
from hydranet.fine_tuning import FineTuning
from hydranet.joint._model import JointModel
from hydranet.joint._phase import Phase, is_better
from hydranet.joint._phase_data import PhaseData, load_phase_data
from hydranet.model import Backbone, HydraNet, Tail
from hydranet.runs import Checkpoints, Log, Section, no_log
from hydranet.tasks import FROZEN, main_metric

_SECTION = "fine_tuning"

_log = logging.getLogger(__name__)


def find_phase_cuts(backbone: Backbone, phases: tuple[FineTuning, ...]) -> list[Cut]:
    """Return the cut of each phase.

    Raises:
        ConfigError: a layer or block does not exist, or a phase unfreezes less than the one before.
    """
    cuts: list[Cut] = []
    for index, phase in enumerate(phases):
        try:
            cut = unfreezing_cut(backbone.network, phase.lowest)
        except ConfigError as error:
            raise ConfigError(f"fine_tuning.{index}: {error}") from error
        if cuts and cut.index > cuts[-1].index:
            raise ConfigError(
                f"fine_tuning.{index}: the trunk would end at {cut.layer}, above {cuts[-1].layer} of the phase before. "
                "A phase can't unfreeze less than the one before: order them from the fewest layers to the most."
            )
        cuts.append(cut)
    return cuts


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


class FineTuner:
    """The phases of a training.

    Args:
        backbone: the whole pretrained network; it is not changed.
        experiment: its `fine_tuning` has at least one phase.
        datasets: the pictures of each task; all can be decoded.
        heads: trained on the frozen backbone, by task name; they are not changed.
        distribution: the devices.
        checkpoints: where to go on from.
        log: gets the rows of the history as they come.

    Attributes:
        state: what came out.
        extractions: what was computed for the store, by phase.
    """

    def __init__(
        self,
        backbone: Backbone,
        experiment: Experiment,
        datasets: Mapping[str, Splits],
        heads: Mapping[str, Any],
        distribution: Distribution,
        checkpoints: Checkpoints,
        log: Log = no_log,
    ) -> None:
        self._backbone, self._experiment, self._datasets = backbone, experiment, datasets
        self._distribution, self._checkpoints, self._log = distribution, checkpoints, log
        self._cuts = find_phase_cuts(backbone, experiment.fine_tuning)
        self._heads = dict(heads)
        self._tails: dict[str, Tail] = {}
        groups = {name: task.tail_group for name, task in experiment.tasks.items()}
        self.state = TuningState(groups, settled=[name for name in groups if groups[name] == FROZEN])
        self.extractions: list[Any] = []

    def run(self) -> None:
        """Run all phases, or those that the checkpoint leaves to be run.

        Raises:
            ModelError: a loss is not finite.
        """
        section = self._checkpoints[_SECTION]
        if section:
            self._restore(section)
            self._log(self.state.history)
        for index in range(len(self.state.phases), len(self._cuts)):
            if len(self.state.settled) < len(self._heads):
                self._run_phase(index, section if section and section.state["phase"] else None)
            section = None

    def model(self) -> HydraNet:
        """Return the result: over the whole backbone if no phase has helped, else over trunk and tails."""
        tasks = self._experiment.tasks.values()
        if not self.state.trained_groups:
            return HydraNet(self._backbone, tasks, heads=self._heads)
        groups = {
            name: group if group in self.state.trained_groups else FROZEN
            for name, group in self.state.tail_groups.items()
        }
        return HydraNet(
            self._backbone.trunk(self._cuts[-1]),
            tasks,
            heads=self._heads,
            tails={group: self._tail(group) for group in groups.values()},
            tail_groups=groups,
        )

    def _run_phase(self, index: int, resumed: Section | None) -> None:
        settings, cut = self._experiment.fine_tuning[index], self._cuts[index]
        tasks = {
            name: task for name, task in self._experiment.tasks.items() if name not in self.state.settled
        }
        data = load_phase_data(
            self._backbone, cut, settings, self._experiment, tasks, self._datasets, self._distribution
        )
        self.extractions.append(data.extraction)
        groups = {name: self.state.tail_groups[name] for name in tasks}
        model = JointModel(
            self._backbone,
            cut,
            tasks,
            groups,
            {group: self._tail(group).above(cut) for group in groups.values()},
            self._heads,
            settings,
            settings.steps or settings.epochs * data.mixture.steps_per_epoch,
            self._distribution,
        )
        phase = Phase(settings, index + 1, tasks, data, model, self._experiment.seed, self._distribution)
        if resumed:
            phase.restore(resumed.state["phase"], resumed.arrays["phase"])
        else:
            phase.start()

        def save(epoch_has_ended: bool) -> None:
            if (epoch_has_ended or self._checkpoints.is_due) and phase.is_finite:
                self._save(phase)
            if epoch_has_ended:
                self._log(phase.state.history)

        phase.run(save)
        self._settle(index, phase, data)
        self._save(None)

    def _settle(self, index: int, phase: Phase, data: PhaseData) -> None:
        """Take over what a phase has made better, and leave the rest as it was."""
        state, before, after = self.state, phase.state.before, phase.state.best_metrics
        better = [name for name in before if is_better(before[name], after[name])]
        for group in dict.fromkeys(state.tail_groups[name] for name in before):
            members = [name for name in before if state.tail_groups[name] == group]
            if set(members) & set(better):
                self._keep_for_others(index, group, [name for name in members if name not in better])
                self._tail(group).above(self._cuts[index]).set_weights(phase.best[f"tail {group}"])
                state.trained_groups = [*dict.fromkeys([*state.trained_groups, group])]
        for name in better:
            self._heads[name] = self._copy_of_head(name, phase.best[f"head {name}"])
            state.metrics[name] = after[name]
        state.history += phase.state.history
        state.phases.append(
            {
                "cut": self._cuts[index].layer,
                "stored": data.stored[0],
                "stored_because": data.stored[1],
                "epochs": phase.state.epoch,
                "best_epoch": phase.state.best_epoch,
                "steps": phase.state.step,
                "tasks": {
                    name: {
                        "metric": main_metric(before[name]),
                        "before": before[name][main_metric(before[name])],
                        "after": after[name][main_metric(after[name])],
                        "kept": name in better,
                    }
                    for name in before
                },
            }
        )

    def _keep_for_others(self, index: int, group: str, names: list[str]) -> None:
        """Give tasks that have not become better a copy of the tail that is about to change."""
        if not names:
            return
        # With a hyphen, which the config does not allow, so that no group of the user's has this name.
        kept = f"{group}-{index}" if group in self.state.trained_groups else FROZEN
        if kept != FROZEN:
            self._tail(kept).network.set_weights(self._tail(group).network.get_weights())
            self.state.trained_groups.append(kept)
        for name in names:
            self.state.tail_groups[name] = kept
            self.state.settled.append(name)

    def _tail(self, group: str) -> Tail:
        """Return the tail of a group; a new one is what the pretraining left."""
        if group not in self._tails:
            self._tails[group] = Tail.of(self._backbone, self._cuts[-1], name=f"tail_{group}")
        return self._tails[group]

    def _copy_of_head(self, name: str, weights: list[Any]) -> Any:
        head = self._experiment.tasks[name].build_head(self._backbone.feature_shape)
        head.set_weights(weights)
        return head

    def _save(self, phase: Phase | None) -> None:
        state = {"tuning": asdict(self.state), "phase": asdict(phase.state) if phase else None}
        arrays = {
            "tails": {group: tail.network.get_weights() for group, tail in self._tails.items()},
            "heads": {name: head.get_weights() for name, head in self._heads.items()},
            "phase": phase.arrays() if phase else {},
        }
        self._checkpoints.save(_SECTION, state, arrays)

    def _restore(self, section: Section) -> None:
        self.state = TuningState(**section.state["tuning"])
        for group, weights in section.arrays.get("tails", {}).items():
            self._tail(group).network.set_weights(weights)
        self._heads = {name: self._copy_of_head(name, section.arrays["heads"][name]) for name in self._heads}
