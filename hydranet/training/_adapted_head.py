"""One head for another domain: trained on features that were brought there, and folded into a head as any other."""

import dataclasses
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from threadpoolctl import threadpool_limits

from hydranet.domains import Adaptation, SeenThrough
from hydranet.errors import ConfigError
from hydranet.experiment import TrainingConfig
from hydranet.features import Features
from hydranet.tasks import Task
from hydranet.training._fit_head import HeadTraining, HeadTrial, try_head
from hydranet.training._head_examples import HeadExamples


def try_adapted_head(
    task: Task,
    examples: HeadExamples,
    target: Features,
    adaptation: Adaptation,
    config: TrainingConfig,
    *,
    seed: int = 0,
    rival: HeadTrial | None = None,
) -> HeadTrial:
    """Return what `try_head` does, of a head that is adapted to a domain.

    Args:
        task: with its classes known.
        examples: of the source, to train on.
        target: of the domain's unlabelled pictures.
        adaptation: how.
        config: how to train.
        seed: see `try_head`.
        rival: see `try_head`.

    Raises:
        ConfigError: the head reads maps.
    """
    if len(target.shape) != 1:
        raise ConfigError(
            f"domain: the head of {task.name!r} reads features of the shape {target.shape}, and what is adapted are "
            "vectors: give it a head on pooled features, as `head: linear`, or train it without a domain."
        )
    with _one_thread():
        adapted = adaptation.adapt(examples.views[0].read(), target.read())
    moved = dataclasses.replace(
        examples,
        views=[_Brought(view, adapted.bring) for view in examples.views],
        weights=examples.weights if adapted.weights is None else examples.weights * adapted.weights,
    )
    trial = try_head(task, moved, config, seed=seed, rival=rival)

    def finish() -> tuple[Any, HeadTraining]:
        head, training = trial.finish()
        if adapted.seen_through is not None:
            _fold(head, adapted.seen_through)
        return head, dataclasses.replace(training, summary={**training.summary, **adapted.figures})

    return dataclasses.replace(trial, finish=finish)


def _fold(head: Any, seen_through: SeenThrough) -> None:
    [dense] = [layer for layer in head.layers if isinstance(layer, keras.layers.Dense)]
    dense.set_weights(seen_through.folded(*dense.get_weights()))


class _Brought(Features):
    """Stored features as an adaptation changes them, whenever they are read."""

    def __init__(self, features: Features, bring: Callable[[np.ndarray], np.ndarray]) -> None:
        self._features, self._bring = features, bring

    def __len__(self) -> int:
        return len(self._features)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one example's features, which stays."""
        return self._features.shape

    def select(self, rows: np.ndarray) -> Features:
        """Return some of the rows, by index or mask, still unread."""
        return _Brought(self._features.select(rows), self._bring)

    def distinct(self) -> tuple[Features, np.ndarray]:
        """Return the different pictures, each once, and which of them each example has."""
        rows, places = self._features.distinct()
        return _Brought(rows, self._bring), places

    def read(self, rows: "np.ndarray | slice" = slice(None)) -> np.ndarray:
        """Return rows by index: float32 `(num_rows, *shape)`; see `Features`."""
        values = self._features.read(rows)
        with _one_thread():
            return np.asarray(self._bring(values), np.float32)


def _one_thread() -> threadpool_limits:
    """Compute with one thread, which gives the same digits however busy the machine is, and waits for no other."""
    return threadpool_limits(1)
