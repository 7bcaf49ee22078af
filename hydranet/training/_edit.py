"""One task more, one task less, in a run that is in use: every other head stays bit-identical."""

import dataclasses
from itertools import zip_longest
from typing import Any

from hydranet.backbones import cut_at
from hydranet.distribution import choose_distribution
from hydranet.errors import ConfigError, ModelError
from hydranet.experiment import Experiment
from hydranet.features import Splits, load_splits, resolve_tasks
from hydranet.model import FeatureNetwork, HydraNet, Tail, build_backbone
from hydranet.runs import Run, read_history, record_head, save_run, versions
from hydranet.tasks import FROZEN, Task, check_gates
from hydranet.training._timing import timed
from hydranet.training._train_heads import train_heads
from hydranet.training._train_model import extraction_counts, train_model


def add_task(run: Run, task: Task) -> Run:
    """Train one more head for a run that is in use; every other head stays bit-identical.

    In a run that was fine-tuned, the head stands on the tail of its group as it is. If there is no such group, as
    with `tail: own`, a new tail is trained for it, by the phases of the run's config.

    Args:
        run: is written anew.
        task: with its data.

    Raises:
        ConfigError: the run has a task of this name already, or can't have a tail of its own; or the task's gate
            can't work.
        ModelError: the pretrained weights, which a new tail starts from, are not those of the run.

    Example:
        >>> from hydranet import Drawings, Run, SingleLabel
        >>> pets = SingleLabel(name="pets", data=Drawings("cats_dogs", 10, 5, seed=1))
        >>> list(add_task(Run("runs/quickstart"), pets).model.tasks)
        ['horse_human', 'cats_dogs', 'dog_breeds', 'pets']
    """
    experiment = run.experiment
    if task.name in experiment.tasks:
        raise ConfigError(
            f"{run.folder} has a task {task.name!r} already: remove it first, or use another name."
        )
    check_gates({**experiment.tasks, task.name: task})
    timing: dict[str, float] = {}
    with timed(timing, "listing_s"):
        datasets = {task.name: load_splits(task)}
        alone = dataclasses.replace(task, when={})  # the tasks of its gate are not trained with it
        addition = resolve_tasks(dataclasses.replace(experiment, tasks={task.name: alone}), datasets)
    resolved = dataclasses.replace(addition.tasks[task.name], when=task.when)
    added = _train_addition(run.model, resolved, addition, datasets, timing)
    kept = _without_identity(run.metrics)
    results = {
        **kept,
        "tasks": {**kept["tasks"], **added.metrics},
        **({"fine_tuning": _joined(kept["fine_tuning"], added.phases)} if added.phases else {}),
        "pictures": added.pictures,
        "timing": timing,
        "versions": versions(),
    }
    whole = dataclasses.replace(experiment, tasks={**experiment.tasks, task.name: resolved})
    return save_run(run.folder, whole, added.model, results, [*read_history(run.folder), *added.history])


def remove_task(run: Run, task: str) -> Run:
    """Take a task out of a run; every other head stays bit-identical.

    Raises:
        ConfigError: the run has no such task, or no other, or one with a gate on it.

    Example:
        >>> from hydranet import Run
        >>> list(remove_task(Run("runs/quickstart"), "dog_breeds").model.tasks)
        ['horse_human', 'cats_dogs']
    """
    model = run.model.without_task(task)
    tasks = {name: kept for name, kept in run.experiment.tasks.items() if name != task}
    metrics = _without_task(_without_identity(run.metrics), task)
    history = [row for row in read_history(run.folder) if row["task"] != task]
    return save_run(run.folder, dataclasses.replace(run.experiment, tasks=tasks), model, metrics, history)


def _without_identity(metrics: dict[str, Any]) -> dict[str, Any]:
    """Leave out what says which training has written the run, lest `resume` takes it for that training's result."""
    return {name: value for name, value in metrics.items() if name != "identity"}


def _without_task(metrics: dict[str, Any], task: str) -> dict[str, Any]:
    """Leave out what was measured of `task`."""

    def others(by_task: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in by_task.items() if name != task}

    left = {**metrics, "tasks": others(metrics["tasks"])}
    if "random_backbone" in metrics:
        left["random_backbone"] = others(metrics["random_backbone"])
    if "fine_tuning" in metrics:
        left["fine_tuning"] = [{**phase, "tasks": others(phase["tasks"])} for phase in metrics["fine_tuning"]]
    return left


def _joined(phases: list[dict[str, Any]], added: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what each phase has done, for the run's tasks and for the one that has gone through it alone."""
    nothing: dict[str, Any] = {"tasks": {}}
    return [
        {**alone, **phase, "tasks": {**phase["tasks"], **alone["tasks"]}}
        for phase, alone in zip_longest(phases, added, fillvalue=nothing)
    ]


@dataclasses.dataclass(frozen=True)
class _Addition:
    """A model with one task more, and how that came about."""

    model: HydraNet
    metrics: dict[str, Any]
    history: list[dict[str, Any]]
    pictures: dict[str, Any]
    phases: list[dict[str, Any]] = dataclasses.field(default_factory=list)


def _train_addition(
    model: HydraNet,
    task: Task,
    addition: Experiment,
    datasets: dict[str, Splits],
    timing: dict[str, float],
) -> _Addition:
    """Train `task`, which `addition` has alone and without its gate."""
    group = task.tail_group
    if model.backbone.cut is not None and group not in model.tails:
        return _train_with_new_tail(model, model.backbone.cut, task, addition, datasets, timing)
    if task.tail == "own":
        raise ConfigError(
            f"{task.name!r} can't have a tail of its own, because no layer of this run's backbone was trained: leave "
            "`tail` out, or train anew with `fine_tuning`."
        )
    network = FeatureNetwork(model.backbone, model.tails.get(group))
    trained, extraction = train_heads(network, addition, datasets, choose_distribution(), timing)
    extended = model.with_task(task, trained.heads[task.name])
    record_head(extended, task.name)
    return _Addition(extended, trained.metrics, trained.history, extraction_counts([extraction]))


def _train_with_new_tail(
    model: HydraNet,
    cut_index: int,
    task: Task,
    addition: Experiment,
    datasets: dict[str, Splits],
    timing: dict[str, float],
) -> _Addition:
    backbone = build_backbone(addition.backbone, seed=addition.seed)
    cut = cut_at(backbone.network, cut_index)
    if backbone.trunk(cut).fingerprint() != model.backbone.fingerprint():
        raise ModelError(
            f"The weights {addition.backbone.weights!r} are not those that the run's backbone was made of: a new tail "
            "can't start from them. Give the same weights, or use `tail: shared`."
        )
    trained = train_model(backbone, addition, datasets, choose_distribution(), timing)
    group = trained.model.tail_groups.get(task.name, FROZEN)
    tail = trained.model.tails.get(group) or Tail.of(backbone, cut, name=f"tail_{FROZEN}")
    extended = model.with_task(task, trained.model.head(task.name), tail=tail, tail_group=group)
    record_head(extended, task.name)
    return _Addition(extended, trained.metrics, trained.history, trained.pictures, trained.phases)
