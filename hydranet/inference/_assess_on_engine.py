"""How good a run's heads are when an engine, or a lower precision, computes what is below them."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from hydranet.data import Dataset
from hydranet.inference._choose_engine import find_engine
from hydranet.inference._open_model import OpenModel, open_model
from hydranet.inference._sample import read_batches
from hydranet.progress import progress_bar
from hydranet.runs import Run, find_source

if TYPE_CHECKING:  # so that a prediction need not wait for it
    from hydranet.evaluation import Assessment

_BATCH_SIZE = 32


def assess_on_engine(
    run: Run,
    *,
    engine: str,
    precision: str = "float32",
    data: Mapping[str, Any] | None = None,
    split: str = "validation",
) -> dict[str, "Assessment"]:
    """Return what each task's head says about a split of its data, from the pictures themselves.

    No stored feature is used. Gates are left out: a task is measured on its own pictures, as it was trained.
    Pictures that can't be decoded are not counted.

    Args:
        run: trained.
        engine, precision: as for `Predictor`.
        data: other sources, by task name.
        split: `train`, `validation` or `test`.

    Raises:
        ConfigError: `data` names an unknown task, a task's data has no such split, or the engine is not installed.
        DataError: none of the split's pictures can be decoded.
    """
    from hydranet.evaluation import find_tasks, make_assessment, why_bad
    from hydranet.features import find_split, load_splits

    tasks = find_tasks(run, data)
    source = find_source(run)
    engine = find_engine(source, engine, precision, _BATCH_SIZE)
    opened = open_model(source, engine=engine, precision=precision, batch_size=_BATCH_SIZE)
    results = {}
    for name, task in tasks.items():
        splits = load_splits(task, skip_bad_images=True)
        whole = find_split(splits, split, name)
        places, outputs = _answer(opened, name, whole)
        known = whole.where(np.isin(np.arange(len(whole)), places))
        bad_images = why_bad(whole, known, opened.networks.image_size)
        results[name] = make_assessment(
            task, split, {**splits, split: known}, _with_slices(outputs), bad_images, splits.notes
        )
    return results


def _answer(opened: OpenModel, task: str, dataset: Dataset) -> tuple[list[int], list[np.ndarray]]:
    """Return which pictures can be decoded, and a task's outputs for those, in parts."""
    heads = opened.heads.without_gates()
    places: list[int] = []
    outputs: list[np.ndarray] = []
    with progress_bar(task, len(dataset)) as bar:
        for rows, images in read_batches(dataset, opened.networks.image_size):
            pictures = images.reshape(-1, *images.shape[1 + len(opened.networks.example_shape) :])
            examples = opened.networks.places(len(pictures))
            answers = heads.answer(opened.networks, pictures, [[task]] * len(rows), examples)
            outputs.append(answers.outputs(task))
            places += rows
            bar.update(len(rows))
    return places, outputs


def _with_slices(parts: list[np.ndarray]) -> Iterator[tuple[slice, np.ndarray]]:
    start = 0
    for part in parts:
        yield slice(start, start + len(part)), part
        start += len(part)
