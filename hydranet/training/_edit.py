"""One task more in a run that is in use: every other head stays bit-identical."""

import dataclasses

from hydranet.backbones import cut_at
from hydranet.data import check_example_shape
from hydranet.distribution import choose_distribution
from hydranet.errors import ConfigError, ModelError
from hydranet.features import list_splits, resolve_tasks, say_notes
from hydranet.joint import TrainingJob
from hydranet.model import ACTIVATION, FeatureNetwork, HydraNet, Tail, build_trunk
from hydranet.runs import Run, add_head, changing, check_is_new, record_heads
from hydranet.tasks import FROZEN, Task, check_gates
from hydranet.training._domain import load_domain
from hydranet.training._folded import check_all_folds
from hydranet.training._ready_heads import load_ready_heads, measuring_splits
from hydranet.training._stopwatch import Stopwatch
from hydranet.training._train_heads import train_heads
from hydranet.training._train_model import TrainedModel, results_of_heads, train_model
from hydranet.training._usual_features import usual_features


def add_task(run: Run, task: Task, *, skip_bad_images: bool = False) -> Run:
    """Train one more head for a run that is in use; every other head stays bit-identical.

    In a run that was fine-tuned, the head stands on the tail of its group as it is. If there is no such group, as
    with `tail: own`, a new tail is trained for it, by the phases of the run's config. In a run that has a domain, the
    head is adapted to it as the others were.

    Args:
        run: is written anew.
        task: with its data.
        skip_bad_images: whether the run leaves out and counts pictures that can't be decoded from now on, if it does
            not do so already.

    Raises:
        BusyError: another process is changing the run.
        ConfigError: the run has a task of this name already, its examples have another shape than those of the run, or
            it can't have a tail of its own; or its gate can't work.
        ModelError: the pretrained weights, which a new tail starts from, are not those of the run.

    Example:
        >>> from hydranet import Drawings, Run, SingleLabel
        >>> pets = SingleLabel(name="pets", data=Drawings("cats_dogs", 10, 5, seed=1))
        >>> list(add_task(Run("runs/quickstart"), pets).model.tasks)
        ['horse_human', 'cats_dogs', 'dog_breeds', 'pets']
    """
    with changing(run.folder):
        return _add_task(run.current(), task, skip_bad_images)


def _add_task(run: Run, task: Task, skip_bad_images: bool) -> Run:
    experiment = run.experiment.skipping(skip_bad_images)
    check_is_new(run, task.name)
    check_gates({**experiment.tasks, task.name: task})
    if task.data is not None:
        check_example_shape(task.name, task.data, run.model.trunk.example_shape)
    stopwatch = Stopwatch()
    alone = dataclasses.replace(task, when={})  # the tasks of its gate are not trained with it
    addition, ready = load_ready_heads(dataclasses.replace(experiment, tasks={task.name: alone}))
    datasets = {task.name: list_splits(addition.tasks[task.name], skip_bad_images=experiment.skip_bad_images)}
    say_notes(datasets)
    addition = resolve_tasks(addition, datasets)
    check_all_folds(addition, datasets)
    listing_s = stopwatch.lap()
    resolved = dataclasses.replace(addition.tasks[task.name], when=task.when)
    measured = measuring_splits(addition, datasets)
    domain = load_domain(addition)
    job = TrainingJob(addition, measured, choose_distribution(), ready=ready, domain=domain)
    trained = _train_addition(run.model, resolved, job)
    usual = usual_features(trained.model, addition, measured, domain)
    record_heads(trained.model, [task.name], usual)
    notes = {task.name: datasets[task.name].notes}
    results = trained.results.after({"listing_s": listing_s}, notes)
    return add_head(
        run,
        trained.model,
        trained.model.tasks[task.name],
        results,
        skip_bad_images=experiment.skip_bad_images,
    )


def _train_addition(model: HydraNet, task: Task, job: TrainingJob) -> TrainedModel:
    """Return the model with `task`, which `job` has alone and without its gate."""
    group = task.tail_group
    if model.trunk.cut is not None and group not in model.tails:
        return _train_with_new_tail(model, model.trunk.cut, task, job)
    if task.tail == "own":
        raise ConfigError(
            f"{task.name!r} can't have a tail of its own, because no layer of this run's backbone was trained: leave "
            "`tail` out, or train anew with `fine_tuning`."
        )
    network = FeatureNetwork(model.trunk, model.tails.get(group))
    trained = train_heads(network.giving(_readable(network, task)), job)
    task = dataclasses.replace(trained.tasks[task.name], when=task.when)
    return TrainedModel(model.with_task(task, trained.heads[task.name]), results_of_heads(trained))


def _train_with_new_tail(model: HydraNet, cut_index: int, task: Task, job: TrainingJob) -> TrainedModel:
    backbone = job.experiment.backbone
    features = _readable(FeatureNetwork(model.trunk, next(iter(model.tails.values()))), task)
    trunk = build_trunk(backbone, [task], features=features, seed=job.experiment.seed)
    cut = cut_at(trunk.whole, cut_index, trunk.features)
    if trunk.below(cut).fingerprint(ACTIVATION) != model.trunk.fingerprint(ACTIVATION):
        raise ModelError(
            f"The weights of {backbone.describe()} are not those that the run's backbone was made of: a new tail can't "
            "start from them. Give the same weights, or use `tail: shared`."
        )
    trained = train_model(trunk, dataclasses.replace(job, start=cut_index))
    group = trained.model.tail_groups.get(task.name, FROZEN)
    tail = trained.model.tails.get(group) or Tail.of(trunk, cut, name=f"tail_{FROZEN}")
    extended = model.with_task(task, trained.model.head(task.name), tail=tail, tail_group=group)
    return TrainedModel(extended, trained.results)


def _readable(network: FeatureNetwork, task: Task) -> tuple[str, ...]:
    """Return which of the features that the head of `task` may read are made above the cut of the run."""
    wanted = network.backbone.read_by(task.head)
    return network.able_to_give(wanted) or wanted
