"""From pictures and a pretrained backbone to a model: the heads, then the phases of fine-tuning."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydranet.distribution import Distribution
from hydranet.experiment import Experiment
from hydranet.features import Extraction, Splits, extract_features, readable
from hydranet.joint import FineTuner
from hydranet.model import Backbone, HydraNet
from hydranet.runs import Checkpoints, Log, no_log, record_heads
from hydranet.training._timing import timed
from hydranet.training._train_heads import TrainedHeads, train_heads

_HEADS = "heads"


@dataclasses.dataclass(frozen=True)
class TrainedModel:
    """A trained model, and how it came about.

    Args:
        model: with a record of each head.
        metrics: by task name.
        history: rows of `history.csv`.
        phases: what each phase of fine-tuning has done.
        pictures: how many were decoded and computed.
    """

    model: HydraNet
    metrics: dict[str, Any]
    history: list[dict[str, Any]]
    phases: list[dict[str, Any]]
    pictures: dict[str, Any]


def train_model(
    backbone: Backbone,
    experiment: Experiment,
    datasets: Mapping[str, Splits],
    distribution: Distribution,
    timing: dict[str, float],
    checkpoints: Checkpoints | None = None,
    log: Log = no_log,
) -> TrainedModel:
    """Train the heads, and then the top of the backbone with them if the experiment says so.

    Args:
        backbone: pretrained; it is not changed.
        experiment: its tasks, with their classes known.
        datasets: the pictures of each task.
        distribution: the devices.
        timing: gets how long each part takes.
        checkpoints: where to go on from; none are written by default.
        log: gets the rows of the history as they come.
    """
    checkpoints = checkpoints or Checkpoints(Path(), "", writes=False)
    trained, extraction = _heads_or_checkpoint(
        backbone, experiment, datasets, distribution, timing, checkpoints
    )
    log(trained.history)
    if not experiment.fine_tuning:
        model = HydraNet(backbone, experiment.tasks.values(), heads=trained.heads)
        record_heads(model, model.tasks)
        return TrainedModel(model, trained.metrics, trained.history, [], extraction_counts([extraction]))
    with timed(timing, "fine_tuning_s"):
        known = {
            name: {split: readable(dataset, extraction) for split, dataset in splits.items()}
            for name, splits in datasets.items()
        }
        tuner = FineTuner(backbone, experiment, known, trained.heads, distribution, checkpoints, log)
        tuner.run()
        model = tuner.model()
    record_heads(model, model.tasks)
    metrics = {
        name: {**of_head, **tuner.state.metrics.get(name, {})} for name, of_head in trained.metrics.items()
    }
    return TrainedModel(
        model,
        metrics,
        [*trained.history, *tuner.state.history],
        tuner.state.phases,
        extraction_counts([extraction, *tuner.extractions]),
    )


def extraction_counts(extractions: Sequence[Extraction]) -> dict[str, Any]:
    """Return what several extractions of the same pictures have done, in JSON types."""
    num_passed = sum(extraction.num_passed for extraction in extractions)
    return {
        "num_pictures": extractions[0].num_pictures,
        "num_decoded": sum(extraction.num_decoded for extraction in extractions),
        "num_passed_through_backbone": num_passed,
        "num_found_in_store": sum(extraction.num_features for extraction in extractions) - num_passed,
        "bad_images": extractions[0].bad_images,
    }


def _heads_or_checkpoint(
    backbone: Backbone,
    experiment: Experiment,
    datasets: Mapping[str, Splits],
    distribution: Distribution,
    timing: dict[str, float],
    checkpoints: Checkpoints,
) -> tuple[TrainedHeads, Extraction]:
    section = checkpoints[_HEADS]
    if section:
        with timed(timing, "features_s"):
            _, extraction = extract_features(backbone, experiment, datasets, distribution)
        heads = {name: task.build_head(backbone.feature_shape) for name, task in experiment.tasks.items()}
        for name, head in heads.items():
            head.set_weights(section.arrays[name])
        return TrainedHeads(heads, **section.state), extraction
    trained, extraction = train_heads(backbone, experiment, datasets, distribution, timing)
    if experiment.fine_tuning:
        checkpoints.save(
            _HEADS,
            {"metrics": trained.metrics, "history": trained.history},
            {name: head.get_weights() for name, head in trained.heads.items()},
        )
    return trained, extraction
