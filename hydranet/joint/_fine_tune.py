"""Phase after phase: the top of the backbone and the heads, trained together; no task ends worse than it began."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydranet.features import Extraction
from hydranet.joint._job import TrainingJob
from hydranet.joint._model import JointModel
from hydranet.joint._phase import Phase
from hydranet.joint._phase_data import PhaseData, load_phase_data
from hydranet.joint._phase_plan import PhasePlan
from hydranet.joint._phase_state import PhaseResult
from hydranet.joint._start import Start
from hydranet.joint._tuning import Tuning
from hydranet.model import HydraNet, Trunk
from hydranet.runs import Checkpoints, Snapshot
from hydranet.tasks import Task

_SECTION = "fine_tuning"


@dataclass(frozen=True, eq=False)
class FineTuned:
    """What came of fine-tuning.

    Args:
        model: over the whole trunk if no phase has helped, else over trunk and tails.
        metrics: on the validation split, of the tasks that have been made better, by name.
        history: one row per phase, task and epoch.
        phases: what each phase has done, in JSON types.
        extractions: what was computed for the store, by phase.
    """

    model: HydraNet
    metrics: Mapping[str, Mapping[str, float]]
    history: Sequence[Mapping[str, Any]]
    phases: Sequence[Mapping[str, Any]]
    extractions: Sequence[Extraction]


def fine_tune(
    trunk: Trunk,
    heads: Mapping[str, Any],
    job: TrainingJob,
    *,
    tasks: Mapping[str, Task] | None = None,
    starts: Mapping[str, Start] | None = None,
) -> FineTuned:
    """Run all phases of a job, or those that its checkpoint leaves to be run.

    Args:
        trunk: the whole pretrained network; it is not changed.
        heads: trained on the frozen backbone, by task name; they are not changed.
        job: its experiment has at least one phase, and its pictures can all be decoded.
        tasks: those of the job, each with the feature that its head reads; by default, as the job has them.
        starts: heads to start from instead of these, by task name, which no example has trained that `may_choose`
            names.

    Raises:
        ConfigError: a phase unfreezes what is not there, or less than the one before.
        ModelError: a loss is not finite.
    """
    counted = job.experiment.features_tuned
    job = dataclasses.replace(
        job, experiment=dataclasses.replace(job.experiment, tasks=dict(tasks or job.experiment.tasks))
    )
    tuning = Tuning(trunk, heads, job, counted, starts)
    of_phase = _restore(tuning, job.checkpoints)
    job.log(tuning.state.history)
    extractions = []
    while plan := tuning.next_phase():
        data = load_phase_data(trunk, plan, job)
        extractions.append(data.extraction)
        tails, num_steps = tuning.layers_above(plan), plan.num_steps(data.mixture.steps_per_epoch)
        model = JointModel(trunk, plan, tails, tuning.heads, num_steps, job.distribution)
        phase = Phase(plan, data, model, job)
        if of_phase:
            phase.restore(of_phase)
        else:
            phase.start(tuning.starts(plan.tasks))
        result = _run(phase, tuning, job)
        tuning.settle(plan, result, _record(plan, data, result))
        _save(tuning, None, job.checkpoints)
        of_phase = None
    state = tuning.state
    return FineTuned(tuning.model(), state.metrics, state.history, state.phases, extractions)


def _run(phase: Phase, tuning: Tuning, job: TrainingJob) -> PhaseResult:
    """Run a phase to its end, with a checkpoint after each epoch, and within one when it is due."""

    def save(epoch_has_ended: bool) -> None:
        if (epoch_has_ended or job.checkpoints.is_due) and phase.is_finite:
            _save(tuning, phase, job.checkpoints)
        if epoch_has_ended:
            job.log(phase.state.history)

    return phase.run(save)


def _save(tuning: Tuning, phase: Phase | None, checkpoints: Checkpoints) -> None:
    whole, part = tuning.snapshot(), phase.snapshot() if phase else Snapshot(None, {})
    checkpoints.save(
        _SECTION,
        {"tuning": whole.state, "phase": part.state},
        {**whole.arrays, "phase": part.arrays},
    )


def _restore(tuning: Tuning, checkpoints: Checkpoints) -> Snapshot | None:
    """Bring `tuning` to where the checkpoint is, and return where the phase is that it was written in."""
    saved = checkpoints[_SECTION]
    if saved is None:
        return None
    tuning.restore(Snapshot(saved.state["tuning"], saved.arrays))
    state = saved.state["phase"]
    return Snapshot(state, saved.arrays["phase"]) if state else None


def _record(plan: PhasePlan, data: PhaseData, result: PhaseResult) -> dict[str, Any]:
    """Return what `metrics.json` says of a phase."""
    better = result.better
    return {
        "cut": plan.cut.layer,
        "stored": data.stored[0],
        "stored_because": data.stored[1],
        "epochs": result.num_epochs,
        "best_epoch": result.best_epoch,
        "steps": result.num_steps,
        "tasks": {
            name: {
                "metric": metric.name,
                "before": result.before[name].metrics[metric.name],
                "after": result.after[name].metrics[metric.name],
                "standard_error": result.gain_error(name),
                "kept": name in better,
                "epoch_chosen_by": data.kind_of_choosing(name),
            }
            for name, metric in result.main_metrics.items()
        },
    }
