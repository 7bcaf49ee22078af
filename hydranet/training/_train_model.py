"""From pictures and a pretrained backbone to a model: the heads, then the phases of fine-tuning."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hydranet.features import Extraction, extract_features
from hydranet.joint import Start, TrainingJob, fine_tune
from hydranet.model import HydraNet, Trunk
from hydranet.runs import Results, record_heads
from hydranet.tasks import task_from_config, task_to_config
from hydranet.training._stopwatch import Stopwatch
from hydranet.training._train_heads import TrainedHeads, train_heads
from hydranet.training._usual_features import usual_features

_HEADS = "heads"


@dataclass(frozen=True)
class TrainedModel:
    """A trained model, with a record of each head, and how it came about."""

    model: HydraNet
    results: Results


def train_model(trunk: Trunk, job: TrainingJob) -> TrainedModel:
    """Train the heads, and then the top of the backbone with them if the experiment says so.

    Args:
        trunk: pretrained; it is not changed.
        job: what is trained.
    """
    trained = _heads_or_checkpoint(trunk, job)
    job.log(trained.history)
    if not job.experiment.fine_tuning:
        model = HydraNet(trunk, trained.tasks.values(), heads=trained.heads)
        usual = usual_features(model, job.experiment, job.datasets, job.domain)
        record_heads(model, model.tasks, usual)
        return TrainedModel(model, results_of_heads(trained))
    stopwatch = Stopwatch()
    known = job.without_bad_images(trained.extraction)
    tuned = fine_tune(trunk, trained.heads, known, tasks=trained.tasks, starts=trained.starts)
    timing = {**trained.timing, "fine_tuning_s": stopwatch.lap()}
    record_heads(tuned.model, tuned.model.tasks, usual_features(tuned.model, job.experiment, job.datasets))
    results = Results(
        tasks={name: {**of_head, **tuned.metrics.get(name, {})} for name, of_head in trained.metrics.items()},
        history=[*trained.history, *tuned.history],
        phases=tuned.phases,
        pictures=_extraction_counts([trained.extraction, *tuned.extractions]),
        timing=timing,
    )
    return TrainedModel(tuned.model, results)


def results_of_heads(trained: TrainedHeads) -> Results:
    """Return what the training of heads alone leaves in a run."""
    pictures = _extraction_counts([trained.extraction])
    return Results(trained.metrics, trained.history, pictures=pictures, timing=trained.timing)


def _extraction_counts(extractions: Sequence[Extraction]) -> dict[str, Any]:
    """Return what several extractions of the same pictures have done, in JSON types."""
    num_passed = sum(extraction.num_passed for extraction in extractions)
    return {
        "num_pictures": extractions[0].num_pictures,
        "num_decoded": sum(extraction.num_decoded for extraction in extractions),
        "num_passed_through_backbone": num_passed,
        "num_found_in_store": sum(extraction.num_features for extraction in extractions) - num_passed,
        "bad_images": extractions[0].bad_images,
    }


def _heads_or_checkpoint(trunk: Trunk, job: TrainingJob) -> TrainedHeads:
    section = job.checkpoints[_HEADS]
    if section:
        stopwatch = Stopwatch()
        _, extraction = extract_features(trunk, job.experiment, job.datasets, job.distribution)
        timing = {"features_s": stopwatch.lap()}
        state = dict(section.state)
        tasks = {
            name: dataclasses.replace(task_from_config(config), data=job.experiment.tasks[name].data)
            for name, config in state.pop("tasks").items()
        }
        heads = {name: task.build_head(trunk.shape_for(task.head)) for name, task in tasks.items()}
        for name, head in heads.items():
            head.set_weights(section.arrays["heads"][name])
        return TrainedHeads(
            tasks=tasks,
            heads=heads,
            starts={
                name: Start(section.arrays["starts"][name], confidence)
                for name, confidence in state.pop("confidences").items()
            },
            **state,
            extraction=extraction,
            timing=timing,
        )
    trained = train_heads(trunk, job)
    if job.experiment.fine_tuning:
        job.checkpoints.save(
            _HEADS,
            {
                "tasks": {
                    name: task_to_config(dataclasses.replace(task, data=None))
                    for name, task in trained.tasks.items()
                },
                "metrics": trained.metrics,
                "history": trained.history,
                "confidences": {name: start.confidence for name, start in trained.starts.items()},
            },
            {
                "heads": {name: head.get_weights() for name, head in trained.heads.items()},
                "starts": {name: start.weights for name, start in trained.starts.items()},
            },
        )
    return trained
