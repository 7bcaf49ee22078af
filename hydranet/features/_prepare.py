"""From an experiment to stored features: list the pictures, settle the tasks, compute what is missing."""

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from hydranet.data import Dataset, LoadedSplits, load_dataset
from hydranet.distribution import Distribution
from hydranet.engines import REFERENCE_ENGINE, get_engine
from hydranet.errors import ConfigError
from hydranet.experiment import Experiment
from hydranet.features._choose_engine import choose_engine
from hydranet.features._extract import extract
from hydranet.features._extraction import Extraction
from hydranet.features._joined import JoinedSpace, Space
from hydranet.features._missing import Request, view_keys
from hydranet.features._networks import fingerprints_of
from hydranet.features._space import Features, FeatureSpace
from hydranet.features._store import FeatureStore
from hydranet.tasks import Task

if TYPE_CHECKING:
    from hydranet.model import FeatureNetwork, Trunk

Splits = dict[str, Dataset]

_log = logging.getLogger(__name__)


def load_splits(task: Task, *, skip_bad_images: bool = False) -> LoadedSplits:
    """List, hash and split the pictures of `task`, with what is to be said of them; see `load_dataset`."""
    if task.data is None:
        raise ConfigError(f"The task {task.name!r} has no data: give `data:`, or `--data {task.name}=PATH`.")
    splits = load_dataset(
        task.data, task=task.name, classes_of=task.classes_of, skip_bad_images=skip_bad_images
    )
    labels = [label for dataset in splits.values() for label in dataset.labels]
    notes = [*splits.notes, *task.label_notes(labels)]
    return LoadedSplits(splits, notes, is_divided=splits.is_divided)


def list_splits(task: Task, *, skip_bad_images: bool = False) -> LoadedSplits:
    """Return what `load_splits` does, or nothing for a task without data whose head comes trained."""
    if task.data is None and not task.head.is_trained:
        return LoadedSplits({}, ())
    return load_splits(task, skip_bad_images=skip_bad_images)


class Noted(Protocol):
    """What knows what is to be said of a task's pictures: its datasets, or what was measured on them."""

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence each."""
        ...


def say_notes(noted: Mapping[str, Noted]) -> None:
    """Log what is to be said of the pictures of each task."""
    for name, each in noted.items():
        for note in each.notes:
            _log.warning("%s: %s", name, note)


def find_split(splits: Splits, split: str, task: str) -> Dataset:
    """Return one split of a task's pictures, or raise ConfigError, which names those there are."""
    if split not in splits:
        raise ConfigError(
            f"The data of {task!r} has no split {split!r}: expected one of {', '.join(splits)}."
        )
    return splits[split]


def resolve_tasks(experiment: Experiment, datasets: Mapping[str, Splits]) -> Experiment:
    """Fill in what the tasks leave to the data, and check every label before anything is computed."""
    tasks = {}
    for name, task in experiment.tasks.items():
        tasks[name] = task.resolve(datasets[name]["train"].labels) if task.head.is_trained else task
        for dataset in datasets[name].values():
            tasks[name].encode(dataset.labels)
    return dataclasses.replace(experiment, tasks=tasks)


def feature_space(network: "Trunk | FeatureNetwork", experiment: Experiment, feature: str) -> FeatureSpace:
    """Return where one of the features of `network` is stored, which is not made of others.

    Raises:
        ConfigError: the engine that computes them is not installed.
    """
    fingerprints = fingerprints_of(network)
    engine = choose_engine(network, experiment.features, fingerprints)
    return _space(experiment, engine, fingerprints[feature], network.feature_shapes[feature])


def _space(experiment: Experiment, engine: str, fingerprint: str, shape: Sequence[int]) -> FeatureSpace:
    features = experiment.features
    name = fingerprint if get_engine(engine).name == REFERENCE_ENGINE else f"{fingerprint}-{engine}"
    return FeatureStore(features.dir).space(name, shape, features.dtype)


def joined_space(network: "Trunk | FeatureNetwork", experiment: Experiment, feature: str) -> Space:
    """Return where any of the features of `network` is read from, though its parts be stored apart.

    Raises:
        ConfigError: the engine that computes them is not installed.
    """
    parts = network.backbone.parts(feature)
    network = network.giving(parts)
    fingerprints, shapes = fingerprints_of(network), network.feature_shapes
    engine = choose_engine(network, experiment.features, fingerprints)
    return _joined(
        {part: _space(experiment, engine, fingerprints[part], shapes[part]) for part in parts}, parts
    )


def _joined(spaces: Mapping[str, FeatureSpace], parts: Sequence[str]) -> Space:
    return spaces[parts[0]] if len(parts) == 1 else JoinedSpace([spaces[part] for part in parts])


def extract_features(
    network: "Trunk | FeatureNetwork",
    experiment: Experiment,
    datasets: Mapping[str, Splits],
    distribution: Distribution,
) -> tuple[dict[str, Space], Extraction]:
    """Compute and store what the features of `network` lack for these pictures, and return where they are, by name."""
    requests = [
        Request.of(dataset, views=experiment.augmentation.views if split == "train" else 1)
        for splits in datasets.values()
        for split, dataset in splits.items()
    ]
    return extract_missing(network, experiment, requests, distribution)


def extract_missing(
    network: "Trunk | FeatureNetwork",
    experiment: Experiment,
    requests: Sequence[Request],
    distribution: Distribution,
) -> tuple[dict[str, Space], Extraction]:
    """Compute and store what is missing: each worker its share, and then what it can't see of the others'.

    Of features that are made of others, their parts are.
    """
    parts = {name: network.backbone.parts(name) for name in network.feature_shapes}
    names = [part for each in parts.values() for part in each]
    # With those that are made of others, so that the file which is kept serves predictions too.
    whole = network.giving([*names, *parts])
    fingerprints = fingerprints_of(whole)
    engine = choose_engine(whole, experiment.features, fingerprints)
    network = network.giving(names)
    result = Extraction()
    everything = dataclasses.replace(distribution.share, index=0, count=1)
    for share in [distribution.share, everything] if distribution.num_workers > 1 else [everything]:
        spaces = {
            name: _space(experiment, engine, fingerprints[name], shape)
            for name, shape in network.feature_shapes.items()
        }
        compute = partial(
            extract,
            network,
            requests,
            spaces,
            batch_size=experiment.features.batch_size,
            augmentation=experiment.augmentation,
            seed=experiment.seed,
            skip_bad_images=experiment.skip_bad_images,
            engine=engine,
            networks=FeatureStore(experiment.features.dir).networks,
        )
        distribution.wait_for_all()  # or a slow worker would list what a fast one has stored, and share the rest
        extraction = compute(share=share)
        distribution.wait_for_all()
        result = extraction.after(result)
    for space in spaces.values():
        space.restore = partial(compute, share=everything)
    return {name: _joined(spaces, each) for name, each in parts.items()}, result


def training_views(space: Space, dataset: Dataset, experiment: Experiment) -> list[Features]:
    """Return the features of each view of the training pictures, still unread."""
    augmentation = experiment.augmentation
    return [
        space.features(view_keys(dataset.picture_hashes, view, augmentation, experiment.seed))
        for view in range(augmentation.views)
    ]


def readable(dataset: Dataset, extraction: Extraction) -> Dataset:
    """Leave out the examples of which a picture could not be decoded."""
    bad = extraction.bad_pictures
    if not bad:
        return dataset
    pictures = dataset.picture_hashes.reshape(len(dataset), -1, 2)
    return dataset.where(np.array([not any(row.tobytes() in bad for row in rows) for rows in pictures], bool))
