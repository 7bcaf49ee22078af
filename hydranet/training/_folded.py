"""Which tasks of a training are judged by fold, on all their pictures: those that ask for it, and those with few."""

import logging
from collections.abc import Mapping
from typing import Any

from hydranet.data import Dataset, LoadedSplits, check_folds, join_datasets
from hydranet.errors import DataError
from hydranet.experiment import Experiment
from hydranet.features import Space, Splits, training_views
from hydranet.joint import TrainingJob
from hydranet.tasks import Task
from hydranet.training._out_of_fold import fold_rows, out_of_fold, out_of_fold_metrics

_USUAL_FOLDS = 5
# Of so many answers, nine in ten of them right, the 95 % interval is 17 points wide, and of five times as many 8.
_FEWEST_TO_VALIDATE = 50

_log = logging.getLogger(__name__)


def check_all_folds(experiment: Experiment, datasets: Mapping[str, Splits]) -> None:
    """Raise DataError if a task has too few pictures for the folds that the experiment asks for."""
    for name, task in experiment.tasks.items() if experiment.folds else ():
        if not task.head.is_trained:
            continue
        labels = [label for split in ("train", "validation") for label in datasets[name][split].labels]
        try:
            check_folds(experiment.folds or 0, labels, task.classes_of)
        except DataError as error:
            raise DataError(f"The task {name!r}: {error}") from error


def find_folded(job: TrainingJob) -> dict[str, int]:
    """Return how many folds the pictures of each task are divided into, of those that have any."""
    folds = {
        name: _folds_of(job.experiment, name, job.datasets[name])
        for name, task in job.experiment.tasks.items()
        if task.head.is_trained
    }
    return {name: count for name, count in folds.items() if count}


def _folds_of(experiment: Experiment, task: str, splits: Splits) -> int:
    if experiment.domain:  # the pictures of the source say little of the other domain
        return 0
    if experiment.folds is not None or experiment.fine_tuning:
        return experiment.folds or 0
    if experiment.tasks[task].labels_move:  # its head reads maps, and five more of those take minutes
        return 0
    is_divided = isinstance(splits, LoadedSplits) and splits.is_divided
    return _USUAL_FOLDS if is_divided and len(splits["validation"]) < _FEWEST_TO_VALIDATE else 0


def with_folds(job: TrainingJob) -> dict[str, Splits]:
    """Return the pictures of each task, in which all that train in some fold are of the training split."""
    return {
        **job.datasets,
        **{name: {**job.datasets[name], "train": _in_folds(job.datasets[name])} for name in find_folded(job)},
    }


def judge_out_of_fold(task: Task, space: Space, job: TrainingJob, folds: int) -> dict[str, Any]:
    """Return how good heads are that are trained as that of `task` was, on pictures that did not train them.

    Args:
        task: as the run has it.
        space: where the feature that its head reads is stored.
        job: whose pictures can all be decoded.
        folds: how many.
    """
    dataset = _in_folds(job.datasets[task.name])
    views = training_views(space, dataset, job.experiment)
    parts = fold_rows(task, dataset, folds)
    metrics = out_of_fold_metrics(
        task, dataset, out_of_fold(task, views, dataset, job.experiment, parts), len(parts)
    )
    if job.experiment.folds is None:
        _log.info(
            "%s: only %d pictures validate; out of fold, each of all %d is judged by a head that others have trained.",
            task.name,
            len(job.datasets[task.name]["validation"]),
            len(dataset),
        )
    return metrics


def _in_folds(splits: Splits) -> Dataset:
    return join_datasets([splits["train"], splits["validation"]])
