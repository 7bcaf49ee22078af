"""Heads on a network that is not trained: stored features, then each head at its own optimum.

The heads share nothing that is trained, so none depends on which others there are.
"""

import dataclasses
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hydranet.backbones import Backbone
from hydranet.data import Dataset
from hydranet.distribution import Distribution
from hydranet.domains import Adaptation, adoption_text
from hydranet.evaluation import evaluate_head
from hydranet.features import Extraction, Space, Splits, extract_features, training_views
from hydranet.joint import Start, TrainingJob, may_choose
from hydranet.model import FeatureNetwork, Trunk
from hydranet.tasks import FROZEN, Task
from hydranet.training._adapted_head import try_adapted_head
from hydranet.training._adoption import FittedHead, fit_for_domain
from hydranet.training._choose_feature import choose_feature, try_features
from hydranet.training._fit_head import HeadTrial, try_head
from hydranet.training._folded import find_folded, judge_out_of_fold, with_folds
from hydranet.training._head_examples import HeadExamples
from hydranet.training._ready_heads import place_ready_head
from hydranet.training._stopwatch import Stopwatch

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainedHeads:
    """What came out.

    Args:
        tasks: by name, each with the feature that its head reads, and with what the answers of its head have settled.
        heads: by task name.
        starts: the heads that fine-tuning starts from, by name of each task that is tuned.
        metrics: on the validation split, by task name.
        history: one row per task and penalty or epoch that was tried.
        extraction: what was computed for the store.
        timing: `features_s`, `heads_s`, and `out_of_fold_s` where there are folds.
    """

    tasks: dict[str, Task]
    heads: dict[str, Any]
    starts: dict[str, Start]
    metrics: dict[str, dict[str, Any]]
    history: list[dict[str, Any]]
    extraction: Extraction
    timing: dict[str, float]


def train_heads(network: Trunk | FeatureNetwork, job: TrainingJob) -> TrainedHeads:
    """Return a trained head for every task of a job.

    Args:
        network: what is under the heads.
        job: its workers extract features in parallel; each then trains all heads, and the chief's are taken.
    """
    stopwatch = Stopwatch()
    pictures = {**with_folds(job), **_of_domain(job)}
    spaces, extraction = extract_features(network, job.experiment, pictures, job.distribution)
    features_s, known = stopwatch.lap(), job.without_bad_images(extraction)
    tasks: dict[str, Task] = {}
    heads: dict[str, Any] = {}
    starts: dict[str, Start] = {}
    metrics: dict[str, dict[str, Any]] = {}
    history: list[dict[str, Any]] = []
    for name, task in job.experiment.tasks.items():
        how: dict[str, Any]
        if name in job.ready:
            feature, how = network.backbone.feature_of(task.head), {"trained": False}
            heads[name] = place_ready_head(task, job.ready[name], network.feature_shapes[feature])
            tasks[name] = task
        else:
            candidates = {
                feature: spaces[feature]
                for feature in network.backbone.read_by(task.head)
                if feature in spaces
            }
            fitted, adopted = _fit(task, candidates, network.backbone, known)
            feature, tasks[name], heads[name] = fitted.feature, fitted.task, fitted.head
            starts |= _start(task, fitted.trial, known)
            how = {
                "num_training_examples": fitted.training.num_examples,
                **fitted.training.summary,
                **adopted,
            }
            history += [{"phase": 0, "task": name, **row} for row in fitted.training.history]
        metrics[name] = {
            **_metrics(tasks[name], heads[name], spaces[feature], known),
            **how,
            "feature": feature,
        }
        if bad_images := _bad_images(job.datasets[name], extraction):
            metrics[name]["bad_images"] = bad_images
        _log.debug("trained %s", name)
    timing = {"features_s": features_s, "heads_s": stopwatch.lap()}
    folded = find_folded(job)
    for name, folds in folded.items():
        space = spaces[metrics[name]["feature"]]
        metrics[name]["out_of_fold"] = judge_out_of_fold(tasks[name], space, known, folds)
    if folded:
        timing["out_of_fold_s"] = stopwatch.lap()
    return TrainedHeads(tasks, heads, starts, metrics, history, extraction, timing)


def _fit(
    task: Task, spaces: Mapping[str, Space], backbone: Backbone, job: TrainingJob
) -> tuple[FittedHead, dict[str, Any]]:
    """Return the head of a task, and what is to be said of the domain that it is adapted to, if there is one."""
    domain, pictures = job.experiment.domain, job.domain
    if domain is None or pictures is None:
        return _fit_one(task, spaces, backbone, job), {}
    labelled = _judging(task, job)
    fitted, said = fit_for_domain(
        lambda adaptation: _fit_one(task, spaces, backbone, job, adaptation),
        domain.method,
        len(pictures.unlabelled),
        None if labelled is None else (lambda feature: spaces[feature].features(labelled.picture_hashes)),
        () if labelled is None else labelled.labels,
    )
    _log.info("%s: %s.", task.name, adoption_text(said))
    return fitted, {"domain": said}


def _judging(task: Task, job: TrainingJob) -> Dataset | None:
    """Return the labelled pictures of the domain, but for those that train the head; None where there are none."""
    labelled = job.domain and job.domain.labelled.get(task.name)
    if not labelled:
        return None
    trains = {row.tobytes() for row in job.datasets[task.name]["train"].hashes}
    judging = labelled.where(np.array([row.tobytes() not in trains for row in labelled.hashes]))
    if len(judging) < len(labelled):
        _log.warning(
            "%s: %d of %d labelled pictures of the domain train the head and can't judge it; they are left out.",
            task.name,
            len(labelled) - len(judging),
            len(labelled),
        )
    return judging if len(judging) else None


def _fit_one(
    task: Task,
    spaces: Mapping[str, Space],
    backbone: Backbone,
    job: TrainingJob,
    adaptation: Adaptation | None = None,
) -> FittedHead:
    feature, trial = _choose_trial(task, spaces, backbone, job, adaptation)
    task = _reading(task, feature, backbone)
    if trial.answers is not None:
        task = task.settled(*trial.answers)
    head, training = trial.finish()
    _take_from_chief(head, job.distribution)
    return FittedHead(task, feature, head, training, trial)


def _of_domain(job: TrainingJob) -> dict[str, Splits]:
    """Return the pictures of the domain as those of a task without name."""
    return {"": job.domain.by_name()} if job.domain else {}


def _bad_images(splits: Splits, extraction: Extraction) -> list[str]:
    """Return why each picture of a task, of whatever split, could not be decoded."""
    hashes = {row.tobytes() for each in splits.values() for row in each.picture_hashes.reshape(-1, 2)}
    return [why for identity, why in extraction.bad_pictures.items() if identity in hashes]


def _choose_trial(
    task: Task,
    spaces: Mapping[str, Space],
    backbone: Backbone,
    job: TrainingJob,
    adaptation: Adaptation | None,
) -> tuple[str, HeadTrial]:
    """Return the feature that serves a task best, and the trial of a head on it."""
    training, experiment = job.datasets[task.name]["train"], job.experiment
    examples = HeadExamples.of(
        task,
        (),
        training.labels,
        training.hashes,
        experiment.motions,
    )

    def try_on(name: str, rival: HeadTrial | None) -> HeadTrial:
        views = training_views(spaces[name], training, experiment)
        reading, here = _reading(task, name, backbone), dataclasses.replace(examples, views=views)
        if adaptation is None or job.domain is None:
            return try_head(reading, here, experiment.training, seed=experiment.seed, rival=rival)
        target = spaces[name].features(job.domain.unlabelled.picture_hashes)
        return try_adapted_head(
            reading, here, target, adaptation, experiment.training, seed=experiment.seed, rival=rival
        )

    trials = try_features(spaces, try_on)
    feature = choose_feature(trials)
    [chosen] = job.distribution.from_chief([np.array(list(spaces).index(feature), np.float32)])
    feature = list(spaces)[int(chosen)]
    if len(spaces) > 1:
        _log.info("%s reads %s, of %s.", task.name, feature, ", ".join(spaces))
    return feature, trials[feature]


def _take_from_chief(head: Any, distribution: Distribution) -> None:
    head.set_weights(distribution.from_chief(head.get_weights()))


def _start(task: Task, trial: HeadTrial, job: TrainingJob) -> dict[str, Start]:
    """Return the head that fine-tuning starts from, by task name, if the task is fine-tuned."""
    if not job.experiment.fine_tuning or task.tail_group == FROZEN:
        return {}
    head, confidence = trial.start(may_choose(task, job.datasets[task.name]["train"]))
    _take_from_chief(head, job.distribution)
    [of_chief] = job.distribution.from_chief([np.array(confidence, np.float32)])
    return {task.name: Start(head.get_weights(), float(of_chief))}


def _metrics(task: Task, head: Any, space: Space, job: TrainingJob) -> dict[str, Any]:
    """Return the figures on the validation split; none of a task without data, whose head comes trained."""
    validation = job.datasets[task.name].get("validation")
    if validation is None:
        return {}
    features = space.features(validation.picture_hashes)
    return {"split": "validation", **evaluate_head(head, task, features, validation.labels)}


def _reading(task: Task, feature: str, backbone: Backbone) -> Task:
    """Return `task` with the feature that its head reads, where it has a choice."""
    if len(backbone.read_by(task.head)) == 1:
        return task
    return dataclasses.replace(task, head=dataclasses.replace(task.head, feature=feature))
