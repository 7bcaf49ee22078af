"""What heads say of pictures that they were not trained on, of all a task has: each is asked about by fold.

Stone, Cross-Validatory Choice and Assessment of Statistical Predictions, 1974, doi:10.1111/j.2517-6161.1974.tb00994.x.
Penalty, sureness and thresholds are chosen anew for each fold, by the pictures that train it (Varma, Simon, Bias in
error estimation when using cross-validation for model selection, 2006, doi:10.1186/1471-2105-7-91).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hydranet.data import Dataset, deal
from hydranet.evaluation import calibrate, head_outputs, make_assessment, metric_interval
from hydranet.experiment import Experiment
from hydranet.features import Features
from hydranet.tasks import Choices, Task
from hydranet.training._fit_head import try_head
from hydranet.training._head_examples import HeadExamples

OUT_OF_FOLD = "out of fold"


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """What each picture got from a head that was trained on the pictures of the other folds.

    Args:
        outputs: raw: float32 `(num_examples, *output_shape)`.
        values: what the main metric is the mean of: float64 `(num_examples,)`.
    """

    outputs: np.ndarray
    values: np.ndarray


def fold_rows(task: Task, dataset: Dataset, folds: int) -> list[np.ndarray]:
    """Return the rows of each fold, none of which is empty: classes are spread alike, identical pictures together."""
    columns = task.encode(dataset.labels).reshape(len(dataset), -1)
    if task.labels_move:
        columns = columns[:, :0]
    part_of = deal(dataset.hashes, columns, folds)
    parts = [np.flatnonzero(part_of == fold) for fold in range(folds)]
    return [rows for rows in parts if len(rows)]


def out_of_fold(
    task: Task,
    views: Sequence[Features],
    dataset: Dataset,
    experiment: Experiment,
    parts: Sequence[np.ndarray],
) -> OutOfFold:
    """Return what heads that are trained as those of a run say of pictures that did not train them.

    Args:
        task: with its classes known.
        views: what the head reads of each view of the pictures.
        dataset: the pictures.
        experiment: how to train.
        parts: the rows of each fold.
    """
    labels = task.encode(dataset.labels)
    outputs = np.empty((len(dataset), *task.output_shape), np.float32)
    values = np.empty(len(dataset))
    for rows in parts:
        others = np.setdiff1d(np.arange(len(dataset)), rows)
        examples = HeadExamples.of(
            task,
            [view.select(others) for view in views],
            [dataset.labels[row] for row in others],
            dataset.hashes[others],
            experiment.motions,
        )
        trial = try_head(task, examples, experiment.training, seed=experiment.seed)
        head, _ = trial.finish()
        for here, part in head_outputs(head, task, views[0].select(rows)):
            outputs[rows[here]] = part
        settled = task if trial.answers is None else task.settled(*trial.answers)
        values[rows] = settled.metric_values(labels[rows], outputs[rows])
    return OutOfFold(outputs, values)


def out_of_fold_metrics(task: Task, dataset: Dataset, found: OutOfFold, folds: int) -> dict[str, Any]:
    """Return what a run says of it, in JSON types: metrics as of a split, and how sure the main one is.

    Args:
        task: of the run.
        dataset: the pictures.
        found: what heads have said of them.
        folds: how many there were.
    """
    everything = [(slice(0, len(dataset)), found.outputs)]
    assessment = make_assessment(task, OUT_OF_FOLD, {OUT_OF_FOLD: dataset}, everything, ())
    interval = metric_interval(assessment, found.values)
    ends = [None if math.isnan(end) else end for end in (interval.low, interval.high)]
    metrics = {**assessment.metrics, task.main_metric.name: interval.mean, "interval": ends, "folds": folds}
    if isinstance(assessment.judgement, Choices):
        calibration = calibrate(assessment)
        metrics |= {"calibration_error": calibration.error, "calibration_floor": calibration.floor}
    return metrics
