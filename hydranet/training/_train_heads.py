"""Heads on a network that is not trained: stored features, then each head at its own optimum.

The heads share nothing that is trained, so none depends on which others there are.
"""

import dataclasses
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hydranet.evaluation import evaluate_head
from hydranet.features import Extraction, Space, Splits, extract_features, training_views
from hydranet.joint import TrainingJob
from hydranet.model import FeatureNetwork, Trunk
from hydranet.tasks import Task
from hydranet.training._choose_feature import choose_feature
from hydranet.training._fit_head import HeadTrial, try_head
from hydranet.training._head_examples import HeadExamples
from hydranet.training._stopwatch import Stopwatch

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainedHeads:
    """What came out.

    Args:
        tasks: by name, each with the feature that its head reads.
        heads: by task name.
        metrics: on the validation split, by task name.
        history: one row per task and penalty or epoch that was tried.
        extraction: what was computed for the store.
        timing: `features_s` and `heads_s`.
    """

    tasks: dict[str, Task]
    heads: dict[str, Any]
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
    spaces, extraction = extract_features(network, job.experiment, job.datasets, job.distribution)
    features_s, known = stopwatch.lap(), job.without_bad_images(extraction)
    tasks: dict[str, Task] = {}
    heads: dict[str, Any] = {}
    metrics: dict[str, dict[str, Any]] = {}
    history: list[dict[str, Any]] = []
    for name, task in job.experiment.tasks.items():
        candidates = {feature: spaces[feature] for feature in job.experiment.features_for(task)}
        tasks[name], heads[name], metrics[name], rows = _train_head(task, candidates, known)
        history += [{"phase": 0, "task": name, **row} for row in rows]
        if bad_images := _bad_images(job.datasets[name], extraction):
            metrics[name]["bad_images"] = bad_images
        _log.debug("trained %s", name)
    timing = {"features_s": features_s, "heads_s": stopwatch.lap()}
    return TrainedHeads(tasks, heads, metrics, history, extraction, timing)


def _bad_images(splits: Splits, extraction: Extraction) -> list[str]:
    """Return why each picture of a task, of whatever split, could not be decoded."""
    hashes = {row.tobytes() for each in splits.values() for row in each.picture_hashes.reshape(-1, 2)}
    return [why for identity, why in extraction.bad_pictures.items() if identity in hashes]


def _train_head(
    task: Task, spaces: Mapping[str, Space], job: TrainingJob
) -> tuple[Task, Any, dict[str, Any], list[dict[str, float]]]:
    """Return the task with the feature that serves it best, a head on it, its metrics, and the rows of its history."""
    validation = job.datasets[task.name]["validation"]
    tasks = {name: _reading(task, name) if len(spaces) > 1 else task for name in spaces}
    trials: dict[str, HeadTrial] = {}
    for name, space in spaces.items():
        rival = next(iter(trials.values()), None)
        trials[name] = _try_head(tasks[name], space, job, rival)
    feature = choose_feature(trials)
    [chosen] = job.distribution.from_chief([np.array(list(spaces).index(feature), np.int64)])
    feature = list(spaces)[int(chosen)]
    head, fitted = trials[feature].finish()
    head.set_weights(job.distribution.from_chief(head.get_weights()))
    if len(spaces) > 1:
        _log.info("%s reads %s, of %s.", task.name, feature, ", ".join(spaces))
    features = spaces[feature].features(validation.picture_hashes)
    metrics = {
        "split": "validation",
        **evaluate_head(head, task, features, validation.labels),
        "num_training_examples": fitted.num_examples,
        **fitted.summary,
        "feature": feature,
    }
    return tasks[feature], head, metrics, fitted.history


def _reading(task: Task, feature: str) -> Task:
    return dataclasses.replace(task, head=dataclasses.replace(task.head, feature=feature))


def _try_head(task: Task, space: Space, job: TrainingJob, rival: HeadTrial | None) -> HeadTrial:
    training, experiment = job.datasets[task.name]["train"], job.experiment
    examples = HeadExamples.of(
        task,
        training_views(space, training, experiment),
        training.labels,
        training.hashes,
        augmentation=experiment.augmentation,
        seed=experiment.seed,
    )
    return try_head(task, examples, experiment.training, seed=experiment.seed, rival=rival)
