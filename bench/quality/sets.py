"""Small sets of pictures as stored features: what the heads of this suite are trained and measured on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hydranet import Experiment, Folder, SingleLabel, train
from hydranet.backbones import Application
from hydranet.data import Dataset
from hydranet.features import Features, Space, joined_space, load_splits
from hydranet_bench.animals import find_pictures
from hydranet_bench.sizes import IS_FULL, SIZE

_SETS = ("horse_human", "cats_dogs", "dog_breeds", "signs", "trash")


@dataclass(frozen=True, eq=False)
class PictureSet:
    """One set of pictures in classes.

    Args:
        task: with its classes known.
        training: features to draw from, by the name of each that a head may read.
        training_labels: class indices.
        pictures: the training pictures.
        unseen: float32 `(num_unseen, num_features)`, of pictures that train nothing, by name likewise.
        unseen_labels: class indices.
    """

    task: SingleLabel
    training: dict[str, Features]
    training_labels: np.ndarray
    pictures: Dataset
    unseen: dict[str, np.ndarray]
    unseen_labels: np.ndarray


def load_sets(assets: Path | None, weights: str, folder: Path) -> dict[str, PictureSet]:
    """Return the sets by name: photographs at full size where they are there, else drawings made below `folder`.

    Unseen is the test split where there is one, else the validation split.
    """
    if IS_FULL and assets:
        pictures = {name: assets / "data" / name for name in _SETS}
    else:
        pictures = find_pictures(assets, folder / "pictures")
    tasks = [SingleLabel(name=name, data=Folder(str(path))) for name, path in pictures.items()]
    experiment = Experiment(tasks={task.name: task for task in tasks}, backbone=backbone(weights))
    run = train(experiment, folder / "run")
    trunk = run.model.trunk
    spaces = {name: joined_space(trunk, run.experiment, name) for name in trunk.backbone.choices}
    return {name: _set(task, spaces) for name, task in run.experiment.tasks.items()}


def backbone(weights: str) -> Application:
    """Return the backbone that all sets go through."""
    return Application("MobileNetV2", image_size=SIZE.training_image_size, weights=weights)


def _set(task: SingleLabel, spaces: Mapping[str, Space]) -> PictureSet:
    splits = load_splits(task)
    training, unseen = splits["train"], splits.get("test", splits["validation"])
    return PictureSet(
        task,
        {name: space.features(training.picture_hashes) for name, space in spaces.items()},
        task.encode(training.labels),
        training,
        {name: space.features(unseen.picture_hashes).read() for name, space in spaces.items()},
        task.encode(unseen.labels),
    )
