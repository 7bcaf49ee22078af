"""Heads on a network that is not trained: stored features, then each head at its own optimum.

The heads share nothing that is trained, so none depends on which others there are.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hydranet.distribution import Distribution
from hydranet.evaluation import evaluate_head
from hydranet.experiment import Experiment
from hydranet.features import Extraction, Splits, extract_features, readable, training_views
from hydranet.model import Backbone, FeatureNetwork
from hydranet.training._fit_head import fit_head
from hydranet.training._timing import timed

_log = logging.getLogger(__name__)


@dataclass
class TrainedHeads:
    """What came out.

    Args:
        heads: by task name.
        metrics: on the validation split, by task name.
        history: one row per task and penalty or epoch that was tried.
    """

    heads: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)


def train_heads(
    network: Backbone | FeatureNetwork,
    experiment: Experiment,
    datasets: Mapping[str, Splits],
    distribution: Distribution,
    timing: dict[str, float],
) -> tuple[TrainedHeads, Extraction]:
    """Return a trained head for every task of `experiment`, and what was computed for it.

    Args:
        network: what is under the heads.
        experiment: its tasks, with their classes known.
        datasets: the pictures of each task.
        distribution: extracts features in parallel; each worker then trains all heads, and the chief's are taken.
        timing: gets `features_s` and `heads_s`.
    """
    with timed(timing, "features_s"):
        space, extraction = extract_features(network, experiment, datasets, distribution)
    result = TrainedHeads()
    with timed(timing, "heads_s"):
        for name, task in experiment.tasks.items():
            training = readable(datasets[name]["train"], extraction)
            head, fitted = fit_head(
                task,
                training_views(space, training, experiment),
                training.labels,
                training.hashes,
                experiment.training,
                seed=experiment.seed,
            )
            head.set_weights(distribution.from_chief(head.get_weights()))
            validation = readable(datasets[name]["validation"], extraction)
            result.heads[name] = head
            result.metrics[name] = {
                "split": "validation",
                **evaluate_head(head, task, space.features(validation.hashes), validation.labels),
                "num_training_examples": fitted.num_examples,
                **fitted.summary,
            }
            result.history += [{"phase": 0, "task": name, **row} for row in fitted.history]
            _log.debug("trained %s", name)
    return result, extraction
