"""Whether a head that is adapted to a domain is taken: where labelled pictures of it can say, if it is no worse."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hydranet.domains import Adaptation
from hydranet.evaluation import confidence_interval, head_outputs
from hydranet.features import Features
from hydranet.tasks import Task
from hydranet.training._fit_head import HeadTraining, HeadTrial

# Pairs that an interval needs.
_FEWEST = 2


@dataclass(frozen=True)
class FittedHead:
    """A trained head, and how it came about.

    Args:
        task: with what the answers of the head have settled.
        feature: that the head reads.
        head: trained.
        training: how.
        trial: before it.
    """

    task: Task
    feature: str
    head: Any
    training: HeadTraining
    trial: HeadTrial


@dataclass(frozen=True)
class _Candidate:
    """A head that may be taken.

    Args:
        fitted: the head.
        method: how it was adapted; None where it was not.
        values: what the main metric is the mean of, for each labelled picture: float64 `(num_labelled,)`.
    """

    fitted: FittedHead
    method: Adaptation | None
    values: np.ndarray


def fit_for_domain(
    fit: Callable[[Adaptation | None], FittedHead],
    methods: Sequence[Adaptation],
    num_unlabelled: int,
    labelled: Callable[[str], Features] | None,
    labels: Sequence[str],
) -> tuple[FittedHead, dict[str, Any]]:
    """Return the head that is taken, and what is to be said of it, in JSON types.

    Without labelled pictures it is that of the first method. With them it is the best one, and that of the source alone
    unless another is no worse.

    Args:
        fit: returns a head that a method has adapted, or with None one that knows the source alone.
        methods: that are tried.
        num_unlabelled: how many pictures of the domain there are without label.
        labelled: gives features of the labelled pictures, by name of the feature; None where there are none.
        labels: of them.
    """
    said: dict[str, Any] = {"num_unlabelled": num_unlabelled}
    if labelled is None:
        return fit(methods[0]), {**said, "method": methods[0].kind, "adopted": True, "num_labelled": 0}

    def candidate(method: Adaptation | None) -> _Candidate:
        fitted = fit(method)
        return _Candidate(fitted, method, _values(fitted, labelled(fitted.feature), labels))

    source_only, *adapted = [candidate(method) for method in (None, *methods)]
    metric = source_only.fitted.task.main_metric
    sign = 1 if metric.larger_is_better else -1
    best = max(adapted, key=lambda each: sign * each.values.mean())
    gains = sign * (best.values - source_only.values)
    is_taken = bool(gains.mean() >= 0)
    interval = confidence_interval(gains.tolist()) if len(gains) >= _FEWEST else None
    taken = best if is_taken else source_only
    return taken.fitted, {
        **said,
        "method": best.method.kind if best.method else None,
        "adopted": is_taken,
        "num_labelled": len(labels),
        "metric": metric.name,
        "source_only": float(source_only.values.mean()),
        "methods": {each.method.kind: float(each.values.mean()) for each in adapted if each.method},
        "gain": float(gains.mean()),
        "interval": [interval.low, interval.high] if interval else None,
    }


def _values(fitted: FittedHead, features: Features, labels: Sequence[str]) -> np.ndarray:
    encoded, values = fitted.task.encode(labels), np.zeros(len(labels))
    for rows, outputs in head_outputs(fitted.head, fitted.task, features):
        values[rows] = fitted.task.metric_values(encoded[rows], outputs)
    return values
