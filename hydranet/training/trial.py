"""One training among those of a comparison: done once, and measured."""

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydranet.errors import ConfigError
from hydranet.experiment import Experiment
from hydranet.model.cost import backbone_multiply_adds, model_multiply_adds
from hydranet.training.fit import evaluate, train
from hydranet.training.run import Run


@dataclass(frozen=True)
class Trial:
    """What one training has given.

    Args:
        metrics: of each task, by name, on its test split where it has one, else on its validation split; which,
            says `split`.
        multiply_adds: of all tasks' answers about one picture.
        relative_cost: the same, as a multiple of the backbone's multiply-adds.
    """

    metrics: dict[str, dict[str, Any]]
    multiply_adds: int
    relative_cost: float


def run_trial(experiment: Experiment, run_dir: Path) -> Trial:
    """Train `experiment`, or find the run that is there already, and measure it.

    A run is the same if config, pictures, pretrained weights and versions are.
    """
    run = _trained(experiment, run_dir)
    cost = model_multiply_adds(run.model)
    return Trial(_measure(run), cost, cost / backbone_multiply_adds(run.model))


def _trained(experiment: Experiment, run_dir: Path) -> Run:
    try:
        return train(experiment, run_dir, resume=True)
    except ConfigError:
        # The checkpoint of another training is in the way, or the config is wrong, which is said again.
        return train(experiment, run_dir)


def _measure(run: Run) -> dict[str, dict[str, Any]]:
    metrics = run.metrics["tasks"]
    tested = [
        name for name, task in run.experiment.tasks.items() if task.data and "test" in task.data.load()
    ]
    return {**metrics, **(evaluate(_part(run, tested), split="test") if tested else {})}


def _part(run: Run, tasks: Collection[str]) -> Run:
    """Return `run` as if it had only some of its tasks."""
    part = Run(run.folder)
    kept = {name: run.experiment.tasks[name] for name in tasks}
    part.experiment = dataclasses.replace(run.experiment, tasks=kept)
    part.model = run.model.select(list(tasks))
    return part
