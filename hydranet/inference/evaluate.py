"""How good a run's heads are when an engine, or a lower precision, computes what is below them."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from hydranet.inference.choose_engine import find_engine
from hydranet.inference.open_model import open_model
from hydranet.inference.sample import read_batches
from hydranet.inference.source import find_source
from hydranet.progress import progress_bar
from hydranet.training.evaluate import measure
from hydranet.training.prepare import find_split, load_splits
from hydranet.training.run import Run

_BATCH_SIZE = 32


def evaluate_on_engine(
    run: Run,
    *,
    engine: str,
    precision: str = "float32",
    data: Mapping[str, Any] | None = None,
    split: str = "validation",
) -> dict[str, dict[str, Any]]:
    """Return each task's metrics on a split of its data, from the pictures themselves; no stored feature is used.

    Gates are left out: a task is measured on its own pictures, as it was trained. Pictures that can't be decoded are
    not counted.

    Args:
        run: trained.
        engine, precision: as for `Predictor`.
        data: other sources, by task name.
        split: `train`, `validation` or `test`.

    Raises:
        ConfigError: `data` names an unknown task, a task's data has no such split, or the engine is not installed.
    """
    for name in data or ():
        run.model.head(name)  # raises where there is none
    source = find_source(run)
    engine = find_engine(source, engine, precision, _BATCH_SIZE)
    opened = open_model(source, engine=engine, precision=precision, batch_size=_BATCH_SIZE)
    heads, size = opened.heads.without_gates(), opened.networks.image_size
    results = {}
    for name, task in run.experiment.tasks.items():
        task = dataclasses.replace(task, data=(data or {}).get(name, task.data))
        dataset = find_split(load_splits(task), split, name)
        places: list[int] = []
        outputs: list[np.ndarray] = []
        with progress_bar(name, len(dataset)) as bar:
            for rows, images in read_batches(dataset.pictures, size):
                answers = heads.answer(opened.networks, images, [[name]] * len(rows), np.arange(len(rows)))
                outputs.append(answers.outputs(name))
                places += rows
                bar.update(len(rows))
        labels = task.encode(dataset.labels)[places]
        results[name] = {"split": split, **measure(task, labels, _with_slices(outputs))}
    return results


def _with_slices(parts: list[np.ndarray]) -> Iterator[tuple[slice, np.ndarray]]:
    start = 0
    for part in parts:
        yield slice(start, start + len(part)), part
        start += len(part)
