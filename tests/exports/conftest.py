"""A small run, trained on pictures that are still where they were."""

import dataclasses

import pytest

from hydranet import (
    Drawings,
    Experiment,
    FeaturesConfig,
    FineTuning,
    Folder,
    SingleLabel,
    TrainingConfig,
    train,
)
from hydranet.backbones import Application


def in_both_splits(collection, folder):
    """Return 24 drawings as files, each of which stands in both splits, so that fine-tuning surely helps."""
    for split in ("train", "validation"):
        for number, example in enumerate(Drawings(collection, 12, 1).load()["train"]):
            example.pictures.save(folder / collection / split / example.label / f"{number}.png")
    return Folder(str(folder / collection))


@pytest.fixture(scope="session")
def run(mobilenet_weights, tmp_path_factory):
    """Two tasks, one of which is asked of pictures of the other's dogs only."""
    folder = tmp_path_factory.mktemp("exported_run")
    cats_dogs = SingleLabel(name="cats_dogs", data=in_both_splits("cats_dogs", folder))
    horse_human = SingleLabel(name="horse_human", data=in_both_splits("horse_human", folder))
    experiment = Experiment(
        tasks={
            "cats_dogs": cats_dogs,
            "horse_human": dataclasses.replace(horse_human, when={"cats_dogs": "dog"}),
        },
        backbone=Application(
            "MobileNet", image_size=32, weights=str(mobilenet_weights), arguments={"alpha": 0.25}
        ),
        features=FeaturesConfig(dir=str(folder / "features")),
        training=TrainingConfig(l2=100.0),  # so poor a start that fine-tuning surely helps
        fine_tuning=(FineTuning(unfreeze="1 block", epochs=4, learning_rate=1e-2),),
    )
    return train(experiment, folder / "run")
