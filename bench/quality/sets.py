"""Small sets of pictures as stored features: what the heads of this suite are trained and measured on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hydranet import Experiment, Folder, SingleLabel, train
from hydranet.backbones import Application
from hydranet.features import Features
from hydranet.features._prepare import feature_space, load_splits
from hydranet_bench.animals import find_pictures
from hydranet_bench.sizes import IS_FULL, SIZE

_SETS = ("horse_human", "cats_dogs", "dog_breeds", "signs", "trash")


@dataclass(frozen=True, eq=False)
class PictureSet:
    """One set of pictures in classes.

    Args:
        task: with its classes known.
        training: features to draw from.
        training_labels: class indices.
        hashes: identities of the training pictures.
        unseen: float32 `(num_unseen, num_features)`, of pictures that train nothing.
        unseen_labels: class indices.
    """

    task: SingleLabel
    training: Features
    training_labels: np.ndarray
    hashes: np.ndarray
    unseen: np.ndarray
    unseen_labels: np.ndarray


def load_sets(assets: Path | None, weights: str, folder: Path) -> dict[str, PictureSet]:
    """Return the sets by name: photographs at full size where they are there, else drawings made below `folder`.

    Unseen is the test split where there is one, else the validation split.
    """
    if IS_FULL and assets:
        pictures = {name: assets / "data" / name for name in _SETS}
    else:
        pictures = find_pictures(assets, folder / "pictures")
    backbone = Application("MobileNetV2", image_size=SIZE.training_image_size, weights=weights)
    tasks = [SingleLabel(name=name, data=Folder(str(path))) for name, path in pictures.items()]
    run = train(Experiment(tasks={task.name: task for task in tasks}, backbone=backbone), folder / "run")
    space = feature_space(run.model.trunk, run.experiment, "pooled")
    return {name: _set(task, space) for name, task in run.experiment.tasks.items()}


def _set(task, space) -> PictureSet:
    splits = load_splits(task)
    training, unseen = splits["train"], splits.get("test", splits["validation"])
    return PictureSet(
        task,
        space.features(training.picture_hashes),
        task.encode(training.labels),
        training.hashes,
        space.features(unseen.picture_hashes).read(),
        task.encode(unseen.labels),
    )
