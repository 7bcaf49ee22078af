"""What is measured of a task: metrics, decisions and errors."""

import numpy as np

from hydranet.evaluation import measure
from hydranet.tasks import Choices, Estimates, Overlaps
from hydranet.testing._expect import expect, finite
from hydranet.testing._task_case import TaskCase


def check_evidence(case: TaskCase) -> None:
    """Check what a task says of answers beside the truth."""
    _check_metrics(case)
    judgement = case.task.judge(case.encoded, case.noisy)
    if isinstance(judgement, Choices):
        _check_choices(case, judgement)
    elif isinstance(judgement, Estimates):
        same = judgement.truth.shape == judgement.estimate.shape == (len(case.labels),)
        expect(same, "judge gives Estimates that are not one number for each picture.")
    else:
        is_known = isinstance(judgement, Overlaps)
        expect(
            is_known, f"judge gives a {type(judgement).__name__}, expected Choices, Estimates or Overlaps."
        )
        in_range = judgement.values.min() >= 0 and judgement.values.max() <= 1
        same = judgement.values.shape == (len(case.labels),) == (len(judgement.answers),)
        expect(same and in_range, "judge gives Overlaps that are not one share for each picture.")
    errors = case.task.judge(case.encoded, case.right)
    perfect = (
        errors.right[errors.known].all()
        if isinstance(errors, Choices)
        else errors.errors.max() < case.task.score_unit
    )
    expect(perfect, "judge finds perfect outputs wrong.")


def _check_metrics(case: TaskCase) -> None:
    task, names = case.task, [metric.name for metric in case.task.metrics()]
    expect(len(set(names)) == len(names), f"metrics gives two of one name: {', '.join(names)}.")
    main = task.main_metric
    expect(
        main.name in names, f"main_metric is {main.name!r}, expected one of metrics(): {', '.join(names)}."
    )
    measured = measure(task, case.encoded, [(slice(None), case.noisy)])
    for name in names:
        finite(f"the metric {name!r}", np.float32(measured[name]), ())
    values = finite(
        "metric_values", task.metric_values(case.encoded, case.noisy), (len(case.labels),), "float64"
    )
    received = f"metric_values has a mean of {values.mean():g}, but {main.name} is {measured[main.name]:g}"
    expect(
        np.isclose(values.mean(), measured[main.name], rtol=1e-4, atol=1e-6),
        f"{received}: expected the same.",
    )
    perfect = measure(task, case.encoded, [(slice(None), case.right)])
    got_better = main.gain(measured, perfect) >= 0
    expect(got_better, f"{main.name} is worse for right outputs than for wrong ones: see larger_is_better.")


def _check_choices(case: TaskCase, choices: Choices) -> None:
    shape = choices.answer.shape
    same = choices.truth.shape == choices.confidence.shape == shape and shape[0] == len(case.labels)
    expect(
        same and len(shape) == 2, "judge gives Choices whose parts are not all (num_examples, num_decisions)."
    )
    num_alternatives = len(choices.alternatives)
    expect(choices.known.any(axis=1).all(), "judge gives a picture with no decision that counts.")
    for name, indices, least in (("truth", choices.truth, -1), ("answer", choices.answer, 0)):
        in_range = indices.dtype.kind in "iu" and indices.min() >= least and indices.max() < num_alternatives
        expect(in_range, f"judge gives a {name} that is no index of {num_alternatives} alternatives.")
    in_range = choices.confidence.min() >= 0 and choices.confidence.max() <= 1
    expect(in_range, "judge gives a confidence outside [0, 1].")
    if choices.about is not None:
        fits = (len(choices.about), num_alternatives) == (shape[1], 2)
        expect(
            fits, "judge gives Choices about several things: expected a name for each, and two alternatives."
        )
    is_score = choices.columns.max() < len(case.task.score_names)
    expect(is_score, "judge gives decisions that are about no column of scores.")
