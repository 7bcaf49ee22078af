"""The pictures of a trained run looked at once more, by heads that were not trained on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hydranet.data import join_datasets
from hydranet.distribution import own_distribution
from hydranet.errors import ConfigError
from hydranet.evaluation import (
    Assessment,
    Suspect,
    find_tasks,
    make_assessment,
    suspicious_labels,
)
from hydranet.features import Features, extract_features, load_splits, readable
from hydranet.heads import UsualFeatures, unit_vectors
from hydranet.runs import Run
from hydranet.tasks import Task
from hydranet.training._out_of_fold import fold_rows, out_of_fold

_ALL = "all"
_BATCH_SIZE = 256


@dataclass(frozen=True, eq=False)
class Audit:
    """What heads say of pictures that they were not trained on.

    Args:
        assessment: of those pictures; each answer is that of a head trained on the others.
        splits: the split that each picture is of.
        unusual: how unusual each is beside the others, in [0, 1]: float64 `(num_examples,)`; see `Prediction`.
    """

    assessment: Assessment
    splits: tuple[str, ...]
    unusual: np.ndarray

    @cached_property
    def suspects(self) -> list[Suspect]:
        """The labels that may be wrong, the most suspicious first; see `suspicious_labels`."""
        return suspicious_labels(self.assessment)


def audit(
    run: Run, *, tasks: Sequence[str] | None = None, folds: int = 5, validation: bool = False
) -> dict[str, Audit]:
    """Find labels that are probably wrong, and pictures unlike the others, from the stored features of a run.

    Heads are trained as those of the run were, each on all parts of the pictures but one, of which it is asked then.
    The run stays as it is.

    Args:
        run: trained; its pictures must be where they were.
        tasks: names of those wanted; all that have data by default.
        folds: how many parts, at least 2.
        validation: whether the pictures of the validation split are looked at too, and train the other heads.

    Raises:
        ConfigError: an unknown task, one without data or with fewer than two pictures, one whose head came trained,
            or fewer than two folds.
        DataError: none of the pictures can be decoded.

    Example:
        >>> from hydranet import Run, audit
        >>> found = audit(Run("runs/quickstart"), tasks=["cats_dogs"], folds=2)["cats_dogs"]
        >>> len(found.suspects) <= len(found.unusual) == 10
        True
    """
    if folds < 2:
        raise ConfigError(f"An audit has at least two folds: received {folds}.")
    chosen = find_tasks(run, None, tasks)
    wanted = {
        name: task
        for name, task in chosen.items()
        if tasks or (task.data is not None and task.head.is_trained)
    }
    return {name: _audit(run, task, folds, validation) for name, task in wanted.items()}


def _audit(run: Run, task: Task, folds: int, validation: bool) -> Audit:
    if not task.head.is_trained:
        raise ConfigError(
            f"{task.name!r} can't be audited: its head came trained, and no other is trained on its pictures. "
            "`hydranet evaluate` lists what it got wrong."
        )
    splits = load_splits(task)
    names = ["train", *(["validation"] if validation else [])]
    dataset = join_datasets([splits[name] for name in names])
    split_of = np.repeat(names, [len(splits[name]) for name in names])
    network, feature = run.model.feature_network(task.name), run.model.place(task.name).feature
    spaces, extraction = extract_features(
        network, run.experiment, {task.name: {_ALL: dataset}}, own_distribution()
    )
    known = readable(dataset, extraction)
    split_of = split_of[np.isin(dataset.hashes[:, 0], known.hashes[:, 0])]
    if len(known) < 2:
        raise ConfigError(f"An audit of {task.name!r} needs two pictures: it has {len(known)}.")
    features = spaces[feature].features(known.picture_hashes)
    parts = fold_rows(task, known, folds)
    outputs = out_of_fold(task, [features], known, run.experiment, parts).outputs
    assessment = make_assessment(task, "train", {"train": known}, [(slice(0, len(known)), outputs)], ())
    return Audit(assessment, tuple(split_of.tolist()), _unusual(features, parts))


def _unusual(features: Features, parts: Sequence[np.ndarray]) -> np.ndarray:
    """Return how unusual each picture is beside those of the other parts."""
    vectors = np.concatenate([unit_vectors(values) for _, values in features.batches(_BATCH_SIZE)])
    unusual = np.full(len(vectors), np.nan)
    for rows in parts:
        usual = UsualFeatures.of(np.delete(vectors, rows, axis=0))
        if usual is not None:
            unusual[rows] = usual.unusual(vectors[rows])
    return unusual
