"""Heads on a network that is not trained: stored features, then each head at its own optimum.

The heads share nothing that is trained, so none depends on which others there are.
"""

import logging
from dataclasses import dataclass
from typing import Any

from hydranet.evaluation import evaluate_head
from hydranet.features import Extraction, FeatureSpace, Splits, extract_features, training_views
from hydranet.joint import TrainingJob
from hydranet.model import FeatureNetwork, Trunk
from hydranet.tasks import Task
from hydranet.training._fit_head import fit_head
from hydranet.training._head_examples import HeadExamples
from hydranet.training._stopwatch import Stopwatch

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainedHeads:
    """What came out.

    Args:
        heads: by task name.
        metrics: on the validation split, by task name.
        history: one row per task and penalty or epoch that was tried.
        extraction: what was computed for the store.
        timing: `features_s` and `heads_s`.
    """

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
    heads: dict[str, Any] = {}
    metrics: dict[str, dict[str, Any]] = {}
    history: list[dict[str, Any]] = []
    for name, task in job.experiment.tasks.items():
        space = spaces[job.experiment.backbone.feature_of(task.head)]
        heads[name], metrics[name], rows = _train_head(task, space, known)
        history += [{"phase": 0, "task": name, **row} for row in rows]
        if bad_images := _bad_images(job.datasets[name], extraction):
            metrics[name]["bad_images"] = bad_images
        _log.debug("trained %s", name)
    timing = {"features_s": features_s, "heads_s": stopwatch.lap()}
    return TrainedHeads(heads, metrics, history, extraction, timing)


def _bad_images(splits: Splits, extraction: Extraction) -> list[str]:
    """Return why each picture of a task, of whatever split, could not be decoded."""
    hashes = {row.tobytes() for each in splits.values() for row in each.picture_hashes.reshape(-1, 2)}
    return [why for identity, why in extraction.bad_pictures.items() if identity in hashes]


def _train_head(
    task: Task, space: FeatureSpace, job: TrainingJob
) -> tuple[Any, dict[str, Any], list[dict[str, float]]]:
    """Return a head, its metrics, and the rows of its history."""
    training, validation = (job.datasets[task.name][split] for split in ("train", "validation"))
    views = training_views(space, training, job.experiment)
    augmentation, seed = job.experiment.augmentation, job.experiment.seed
    examples = HeadExamples.of(
        task, views, training.labels, training.hashes, augmentation=augmentation, seed=seed
    )
    head, fitted = fit_head(task, examples, job.experiment.training, seed=seed)
    head.set_weights(job.distribution.from_chief(head.get_weights()))
    measured = evaluate_head(head, task, space.features(validation.picture_hashes), validation.labels)
    metrics = {
        "split": "validation",
        **measured,
        "num_training_examples": fitted.num_examples,
        **fitted.summary,
    }
    return head, metrics, fitted.history
