"""What a run's heads say about a split of their data, and how good that is: what figures and reports are made of."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from hydranet.backbones import Place
from hydranet.data import Dataset, LoadedSplits, Reader, Wanted, check_example_shape, check_gives
from hydranet.distribution import own_distribution
from hydranet.errors import DataError, ImageError
from hydranet.evaluation._measure import head_outputs, measure
from hydranet.experiment import Experiment
from hydranet.features import (
    Extraction,
    Space,
    Splits,
    extract_features,
    feature_space,
    find_split,
    load_splits,
    readable,
)
from hydranet.runs import Run
from hydranet.tasks import Judgement, Task

if TYPE_CHECKING:
    from hydranet.model import HydraNet


@dataclass(frozen=True)
class Assessment:
    """What one task's head says about one split, and how good that is.

    Args:
        task: with its classes.
        split: the name of the assessed split.
        splits: all pictures of the task's data, by split; the assessed one without those that can't be decoded.
        dataset: the assessed split: one picture for each row of what follows.
        labels: as `task.encode` gives them.
        outputs: raw: float32 `(num_examples, *output_shape)`.
        metrics: `split`, `num_examples`, each of the task's metrics, and the mean `loss`.
        bad_images: why each picture of the split that was left out could not be decoded.
        notes: what is to be said of the task's data, such as which files are not used, and what can't be measured.

    Example:
        >>> from hydranet import Run, assess
        >>> assessment = assess(Run("runs/quickstart"))["cats_dogs"]
        >>> assessment.scores.shape[1], assessment.metrics["num_examples"] == len(assessment.labels)
        (2, True)
    """

    task: Task
    split: str
    splits: Splits
    dataset: Dataset
    labels: np.ndarray
    outputs: np.ndarray
    metrics: dict[str, Any]
    bad_images: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def scores(self) -> np.ndarray:
        """The probabilities of the classes, or the numbers of a regression; see `Task.scores`."""
        return self.task.scores(self.outputs)

    @cached_property
    def judgement(self) -> Judgement:
        """The answers beside the truth; see `Task.judge`."""
        return self.task.judge(self.labels, self.outputs)


def assess(
    run: Run,
    *,
    data: Mapping[str, Any] | None = None,
    split: str = "validation",
    tasks: Sequence[str] | None = None,
    skip_bad_images: bool = False,
    listed: Mapping[str, LoadedSplits] | None = None,
) -> dict[str, Assessment]:
    """Return what each task's head says about a split of its data, from stored features.

    Args:
        run: trained.
        data: other sources, by task name.
        split: `train`, `validation` or `test`.
        tasks: names of those wanted; all by default.
        skip_bad_images: leave out and count pictures that can't be decoded, also if the run's config does not say so.
        listed: the pictures of tasks that have been listed just now, by task name; they are not listed again.

    Raises:
        ConfigError: `data` or `tasks` names an unknown task, or a task's data has no such split.
        DataError: none of the split's pictures can be decoded.

    Example:
        >>> from hydranet import Run, assess, write_report
        >>> assessments = assess(Run("runs/quickstart"), split="train")
        >>> write_report(Run("runs/quickstart"), "training.html", assessments=assessments).name
        'training.html'
    """
    wanted = find_tasks(run, data, tasks)
    experiment = run.experiment.skipping(skip_bad_images)
    splits = {
        name: (listed or {}).get(name) or load_splits(task, skip_bad_images=experiment.skip_bad_images)
        for name, task in wanted.items()
    }
    chosen = {name: {split: find_split(splits[name], split, name)} for name in wanted}
    results = {}
    for members in _by_place(run.model, wanted).values():
        space, heads, extraction = _stored(run.model, experiment, {name: chosen[name] for name in members})
        for name in members:
            known = {each: readable(dataset, extraction) for each, dataset in splits[name].items()}
            outputs = head_outputs(heads[name], wanted[name], space.features(known[split].picture_hashes))
            bad_images = why_bad(chosen[name][split], known[split], run.model.trunk.image_size)
            results[name] = make_assessment(
                wanted[name], split, known, outputs, bad_images, splits[name].notes
            )
    return {name: results[name] for name in wanted}


def find_tasks(
    run: Run, data: Mapping[str, Any] | None = None, tasks: Iterable[str] | None = None
) -> dict[str, Task]:
    """Return the tasks of a run, or those named, by name, with other data where that is given.

    Of all, those that came trained and without data are left out: nothing can be said of them.

    Raises:
        ConfigError: `data` or `tasks` names an unknown task, or the data have examples of another shape.
    """
    for name in (*(data or {}), *(tasks or ())):
        run.model.head(name)  # raises where there is none
    for name, source in (data or {}).items():
        check_gives(name, source, run.model.backbone.reads)
        check_example_shape(name, source, run.model.trunk.example_shape)
    found = {
        name: dataclasses.replace(task, data=(data or {}).get(name, task.data))
        for name, task in run.experiment.tasks.items()
        if tasks is None or name in tasks
    }
    return {
        name: task
        for name, task in found.items()
        if tasks is not None or task.data is not None or task.head.is_trained
    }


def make_assessment(
    task: Task,
    split: str,
    splits: Splits,
    outputs: Iterable[tuple[slice, np.ndarray]],
    bad_images: Iterable[str],
    notes: Iterable[str] = (),
) -> Assessment:
    """Return an Assessment, with what is measured.

    Args:
        task: gives loss and metrics.
        split: that the outputs are of.
        splits: all pictures of the task; those of `split` can be decoded.
        outputs: as for `measure`, in the order of the rows.
        bad_images: why others of `split` could not be decoded.
        notes: what is to be said of the task's data.

    Raises:
        DataError: `split` has no pictures.
    """
    dataset, parts = splits[split], []
    if not len(dataset):
        raise DataError(f"None of the {split} pictures of {task.name!r} can be decoded.")

    def kept() -> Iterator[tuple[slice, np.ndarray]]:
        for rows, part in outputs:
            parts.append(part)
            yield rows, part

    labels = task.encode(dataset.labels)
    metrics = {"split": split, **measure(task, labels, kept())}
    outputs_of_all = np.concatenate(parts)
    return Assessment(
        task, split, splits, dataset, labels, outputs_of_all, metrics, tuple(bad_images), tuple(notes)
    )


def why_bad(whole: Dataset, known: Dataset, image_size: tuple[int, ...]) -> list[str]:
    """Return why each picture of `whole` that is not in `known` can't be decoded."""
    left = {row.tobytes() for row in known.hashes}
    rows = [row for row, key in enumerate(whole.hashes) if key.tobytes() not in left]
    with Reader(image_size) as reader:
        outcomes = reader.try_read(Wanted(picture) for row in rows for picture in whole.pictures_of(row))
        return [str(outcome) for outcome in outcomes if isinstance(outcome, ImageError)]


def _stored(
    model: "HydraNet", experiment: Experiment, datasets: Mapping[str, Splits]
) -> tuple[Space, dict[str, Any], Extraction]:
    """Return the stored features of tasks that stand at one place, and by task what makes outputs of them.

    Where fine-tuning has stored what its tail starts from, the trunk needn't run again.
    """
    from hydranet.model import ACTIVATION

    network = model.feature_network(next(iter(datasets)))
    if network.tail is not None:
        trunk: Space = feature_space(model.trunk, experiment, ACTIVATION)
        wanted = [dataset.picture_hashes for splits in datasets.values() for dataset in splits.values()]
        if all(trunk.contains(hashes).all() for hashes in wanted):
            return trunk, {name: partial(_from_trunk, model, name) for name in datasets}, Extraction()
    spaces, extraction = extract_features(network, experiment, datasets, own_distribution())
    [space] = spaces.values()
    return space, {name: model.head(name) for name in datasets}, extraction


def _from_trunk(model: "HydraNet", name: str, activation: Any, *, training: bool) -> Any:
    from hydranet.model import ACTIVATION

    return model.heads({ACTIVATION: activation}, [name], training=training)[name]


def _by_place(model: "HydraNet", tasks: Iterable[str]) -> dict[Place, list[str]]:
    places: dict[Place, list[str]] = {}
    for name in tasks:
        places.setdefault(model.place(name), []).append(name)
    return places
