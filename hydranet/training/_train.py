"""From an experiment to a run: heads on the frozen backbone, then fine-tuning, everything measured and saved."""

import dataclasses
import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from hydranet.backbones import reading_once
from hydranet.data import Drawing, LoadedSplits
from hydranet.distribution import Distribution, choose_distribution
from hydranet.domains import DomainPictures
from hydranet.engines import REFERENCE_ENGINE
from hydranet.experiment import Experiment, only_trained
from hydranet.features import Splits, list_splits, resolve_tasks, say_notes
from hydranet.heads import ReadyHead
from hydranet.joint import TrainingJob, find_phase_cuts
from hydranet.model import HydraNet, Trunk, build_trunk
from hydranet.runs import (
    Checkpoints,
    EventLog,
    Run,
    changing,
    is_run,
    no_log,
    save_run,
    saved_run,
    versions,
    weights_digest,
)
from hydranet.training._domain import load_domain
from hydranet.training._folded import check_all_folds
from hydranet.training._ready_heads import check_fits, load_ready_heads, measuring_splits
from hydranet.training._stopwatch import Stopwatch
from hydranet.training._train_heads import train_heads
from hydranet.training._train_model import train_model

_log = logging.getLogger(__name__)


def train(
    experiment: Experiment,
    run_dir: Path | str,
    *,
    compare_random: bool = False,
    resume: bool = False,
    distribution: Distribution | None = None,
    tensorboard: bool = False,
) -> Run:
    """Train a head for every task on one frozen backbone, fine-tune its top if asked for, and write the run.

    Args:
        experiment: the whole run as data; see `load_config`.
        run_dir: the folder to write to; a run that is there already is replaced when the new one is done. With
            several workers, one that all of them see.
        compare_random: train the same heads on the same frozen backbone with random weights too, and note their
            metrics, which shows what the pretraining is worth.
        resume: go on from the checkpoint of an interrupted training of the same experiment, or return the run if
            it is complete already; without a checkpoint, start.
        distribution: on which devices; see `choose_distribution`, which is the default.
        tensorboard: write the learning curves to `run_dir/tensorboard` as they come, for TensorBoard to show.

    Returns:
        The run, with `run.model` and `run.metrics`.

    Raises:
        BusyError: another process is changing the run.
        HydraNetError: see its other children for what can be wrong.

    Example:
        >>> import tempfile
        >>> from hydranet import Application, Drawings, Experiment, FeaturesConfig, SingleLabel, train
        >>> folder = tempfile.mkdtemp()
        >>> run = train(
        ...     Experiment(
        ...         tasks={"cats_dogs": SingleLabel(name="cats_dogs", data=Drawings("cats_dogs", 12, 4))},
        ...         backbone=Application(image_size=32, weights="random", arguments={"alpha": 0.35}),
        ...         features=FeaturesConfig(dir=folder),
        ...     ),
        ...     folder + "/run",
        ... )
        >>> run.metrics["tasks"]["cats_dogs"]["num_examples"]
        8
    """
    run, _ = train_on_listed(
        experiment,
        Path(run_dir),
        compare_random=compare_random,
        resume=resume,
        distribution=distribution or choose_distribution(),
        tensorboard=tensorboard,
    )
    return run


def train_on_listed(
    experiment: Experiment,
    folder: Path,
    *,
    compare_random: bool,
    resume: bool,
    distribution: Distribution,
    tensorboard: bool,
) -> tuple[Run, dict[str, LoadedSplits]]:
    """Return what `train` does, and the pictures of each task as it has listed them, for a report of the run."""
    if compare_random:
        only_trained(experiment)  # raises where there is nothing to compare
    if experiment.domain:
        experiment.domain.check(experiment.tasks)
    with changing(folder) if distribution.is_chief else nullcontext():
        stopwatch = Stopwatch()
        experiment, ready = load_ready_heads(experiment)
        datasets = _listed(experiment, distribution)
        experiment = resolve_tasks(experiment, datasets)
        domain = load_domain(experiment)
        check_all_folds(experiment, datasets)
        listing_s = stopwatch.lap()
        trunk = _trunk(experiment)
        for name, head in ready.items():
            task = experiment.tasks[name]
            check_fits(task, head, trunk.feature_shapes[trunk.backbone.feature_of(task.head)])
        find_phase_cuts(trunk.giving(experiment.features_tuned), experiment.fine_tuning)
        timing = {"listing_s": listing_s, "backbone_s": stopwatch.lap()}
        identity = _identity(experiment, trunk, datasets, ready, domain)
        checkpoints = Checkpoints(folder, identity, writes=distribution.is_chief)
        if resume:
            if complete := _complete_run(folder, identity, checkpoints):
                return complete, datasets
            checkpoints.load()
        elif checkpoints.path.is_file():
            _log.warning("Starting anew: %s is replaced. With --resume it is gone on from.", checkpoints.path)
        log = EventLog(folder / "tensorboard") if tensorboard and distribution.is_chief else no_log
        measured = measuring_splits(experiment, datasets)
        job = TrainingJob(experiment, measured, distribution, checkpoints, log, ready=ready, domain=domain)
        with distribution.explaining_lost_workers():
            trained = train_model(trunk, job)
            notes = {name: splits.notes for name, splits in datasets.items()}
            results = trained.results.after(timing, notes)
            metrics = {"identity": identity, **results.metrics()}
            if compare_random:
                metrics["random_backbone"] = _train_on_random(job)
            if distribution.is_chief:
                _save(folder, job, trained.model, metrics, results.history)
            checkpoints.remove()
            distribution.wait_for_all()
        return saved_run(folder, trained.model), datasets


def _listed(experiment: Experiment, distribution: Distribution) -> dict[str, LoadedSplits]:
    datasets = {
        name: list_splits(task, skip_bad_images=experiment.skip_bad_images)
        for name, task in experiment.tasks.items()
    }
    if distribution.is_chief:
        say_notes(datasets)
    return datasets


def _save(
    folder: Path,
    job: TrainingJob,
    model: HydraNet,
    metrics: Mapping[str, Any],
    history: Sequence[Mapping[str, Any]],
) -> None:
    """Write the run in place of its checkpoint."""
    experiment = dataclasses.replace(job.experiment, tasks=model.tasks)
    _save_drawings(folder / "pictures", job.datasets)
    save_run(folder, experiment, model, metrics, history, removed=[job.checkpoints.path.name])


def _identity(
    experiment: Experiment,
    trunk: Trunk,
    datasets: Mapping[str, Splits],
    ready: Mapping[str, ReadyHead],
    domain: DomainPictures | None,
) -> str:
    """Return a digest of all that a training is a function of."""
    digest = hashlib.blake2b(digest_size=16)
    config = dataclasses.asdict(dataclasses.replace(experiment, features=type(experiment.features)()))
    digest.update(json.dumps([config, experiment.features.dtype, versions()], sort_keys=True).encode())
    with reading_once():
        for feature in trunk.features:
            digest.update(trunk.fingerprint(feature).encode())
    for name, head in ready.items():
        digest.update(f"{name} {weights_digest(head.weights)}".encode())
    for name, splits in datasets.items():
        for split, dataset in splits.items():
            labels = experiment.tasks[name].encode(
                dataset.labels
            )  # what a path stands for, if a label is one
            digest.update(f"{name} {split} {labels.dtype} {labels.shape}".encode())
            digest.update(labels.tobytes())
            digest.update(dataset.hashes.tobytes())
    for name, dataset in domain.by_name().items() if domain else ():
        digest.update(f"{name} {dataset.labels}".encode())
        digest.update(dataset.hashes.tobytes())
    return digest.hexdigest()


def _complete_run(folder: Path, identity: str, checkpoints: Checkpoints) -> Run | None:
    """Return the run if it is what this training would write, and whole."""
    if checkpoints.path.is_file() or not is_run(folder):
        return None
    run = Run(folder)
    if damaged := run.contents.damaged():
        _log.warning("Training again: %s", damaged[0])
        return None
    return run if run.metrics.get("identity") == identity else None


def _train_on_random(job: TrainingJob) -> dict[str, Any]:
    """Return the figures of the heads that are trained, on the same network with random weights."""
    experiment = only_trained(job.experiment)
    trunk = _trunk(dataclasses.replace(experiment, backbone=experiment.backbone.randomised()))
    # Nothing else would use what it were converted to.
    features = dataclasses.replace(experiment.features, engine=REFERENCE_ENGINE)
    job = dataclasses.replace(
        job,
        experiment=dataclasses.replace(experiment, features=features),
        datasets={name: job.datasets[name] for name in experiment.tasks},
    )
    return train_heads(trunk, job).metrics


def _trunk(experiment: Experiment) -> Trunk:
    tasks, features = experiment.tasks.values(), experiment.features_read
    return build_trunk(experiment.backbone, tasks, features=features, seed=experiment.seed)


def _save_drawings(folder: Path, datasets: Mapping[str, Splits]) -> None:
    """Write one drawing of each class, which no head was trained on: pictures to try a prediction with."""
    first = {
        picture.label: picture
        for splits in datasets.values()
        if "validation" in splits
        for picture in reversed(splits["validation"].pictures)
        if isinstance(picture, Drawing)
    }
    for label, drawing in first.items():
        drawing.save(folder / f"{label}.png")
