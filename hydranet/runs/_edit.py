"""A head more, a head less, in a run that is in use: model, config, metrics and history change together."""

import dataclasses
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from hydranet.errors import ConfigError
from hydranet.runs._folder import changing
from hydranet.runs._results import Results, Row
from hydranet.runs._run import Run, save_run
from hydranet.tasks import Task

if TYPE_CHECKING:
    from hydranet.model import HydraNet

# Says which training has written a run. An edited run has none, lest `resume` takes it for what that training wrote.
_IDENTITY = "identity"


def check_is_new(run: Run, task: str) -> None:
    """Raise ConfigError if the run has a task of this name."""
    if task in run.experiment.tasks:
        raise ConfigError(f"{run.folder} has a task {task!r} already: remove it first, or use another name.")


def add_head(
    run: Run,
    model: "HydraNet",
    task: Task,
    results: Results | None = None,
    *,
    skip_bad_images: bool = False,
) -> Run:
    """Write a run anew with one head more.

    Args:
        run: as it is; the caller is `changing` it.
        model: that of the run, with the head of `task`.
        task: is noted in the run's config.
        results: what its training has left, if it was trained for this run.
        skip_bad_images: whether the run leaves bad pictures out from now on, if it does not do so already.
    """
    experiment = run.experiment.skipping(skip_bad_images)
    experiment = dataclasses.replace(experiment, tasks={**experiment.tasks, task.name: task})
    metrics = _without_identity(run.metrics)
    history: list[Row] = [*run.history]
    if results is not None:
        metrics = _joined(metrics, results)
        history += results.history
    return save_run(run.folder, experiment, model, metrics, history)


def remove_task(run: Run, task: str) -> Run:
    """Take a task out of a run; every other head stays bit-identical.

    Raises:
        BusyError: another process is changing the run.
        ConfigError: the run has no such task, or no other, or one with a gate on it.

    Example:
        >>> from hydranet import Run
        >>> list(remove_task(Run("runs/quickstart"), "dog_breeds").model.tasks)
        ['horse_human', 'cats_dogs']
    """
    with changing(run.folder):
        run = run.current()
        model = run.model.without_task(task)
        experiment = run.experiment.without(task)
        metrics = _without_task(_without_identity(run.metrics), task)
        history = [row for row in run.history if row["task"] != task]
        return save_run(run.folder, experiment, model, metrics, history)


def _without_identity(metrics: dict[str, Any]) -> dict[str, Any]:
    return _others(metrics, _IDENTITY)


def _without_task(metrics: dict[str, Any], task: str) -> dict[str, Any]:
    """Leave out what was measured of `task`."""
    left = {**metrics, "tasks": _others(metrics["tasks"], task)}
    if "random_backbone" in metrics:
        left["random_backbone"] = _others(metrics["random_backbone"], task)
    if "fine_tuning" in metrics:
        left["fine_tuning"] = [
            {**phase, "tasks": _others(phase["tasks"], task)} for phase in metrics["fine_tuning"]
        ]
    return left


def _joined(metrics: dict[str, Any], added: Results) -> dict[str, Any]:
    """Return the metrics of a run with those of one task more."""
    of_addition = added.metrics()
    joined = {**metrics, **of_addition, "tasks": {**metrics["tasks"], **of_addition["tasks"]}}
    if added.phases:
        joined["fine_tuning"] = _joined_phases(metrics["fine_tuning"], added.phases)
    return joined


def _joined_phases(phases: Sequence[Row], added: Sequence[Row]) -> list[Row]:
    """Return what each phase has done, for the run's tasks and for the one that has gone through it alone."""
    nothing: Row = {"tasks": {}}
    return [
        {**alone, **phase, "tasks": {**phase["tasks"], **alone["tasks"]}}
        for phase, alone in zip_longest(phases, added, fillvalue=nothing)
    ]


def _others(by_name: dict[str, Any], name: str) -> dict[str, Any]:
    return {each: value for each, value in by_name.items() if each != name}
