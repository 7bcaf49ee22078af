"""One training among those of a comparison: done once, and measured."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydranet.errors import ConfigError
from hydranet.evaluation import evaluate
from hydranet.experiment import Experiment
from hydranet.model import backbone_multiply_adds, model_multiply_adds
from hydranet.runs import Run
from hydranet.training import train


@dataclass(frozen=True)
class Trial:
    """What one way to train the tasks came to, with one seed.

    Args:
        metrics: by task name; see `measure_run`.
        relative_cost: multiply-adds of all tasks' answers about one picture, as a multiple of the backbone's.
        training_s: seconds that heads and fine-tuning took, without the features of the frozen backbone: those may
            have been stored before.

    Example:
        >>> Trial({"cats_dogs": {"accuracy": 0.75, "loss": 0.5}}, relative_cost=1.0).training_s
        0.0
    """

    metrics: dict[str, dict[str, Any]]
    relative_cost: float
    training_s: float = 0.0


def find_or_train(experiment: Experiment, run_dir: Path) -> Run:
    """Return the run of `experiment`: the one that is there already, or that is begun, or a new one."""
    experiment = dataclasses.replace(experiment, folds=0)  # what is compared is measured on one split
    try:
        return train(experiment, run_dir, resume=True)
    except ConfigError:
        # The checkpoint of another training is in the way, or the config is wrong, which is then said again.
        return train(experiment, run_dir)


def measure_run(run: Run) -> dict[str, dict[str, Any]]:
    """Return each task's metrics on its test split where it has one, else on its validation split; see `split`."""
    tasks = run.experiment.tasks.items()
    tested = [name for name, task in tasks if task.data and "test" in task.data.load()]
    return {**run.metrics["tasks"], **(evaluate(run, split="test", tasks=tested) if tested else {})}


def measure_trial(run: Run) -> Trial:
    """Return a run's metrics, and what it costs."""
    timing = run.metrics["timing"]
    return Trial(
        measure_run(run),
        model_multiply_adds(run.model) / backbone_multiply_adds(run.model),
        sum(timing.get(part, 0.0) for part in ("heads_s", "fine_tuning_s")),
    )


def join_trials(trials: Sequence[Trial]) -> Trial:
    """Return several models of different tasks as one trial: their costs add up."""
    return Trial(
        {task: metrics for trial in trials for task, metrics in trial.metrics.items()},
        sum(trial.relative_cost for trial in trials),
        sum(trial.training_s for trial in trials),
    )
