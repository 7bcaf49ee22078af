"""A small run, trained on pictures that are still where they were."""

import dataclasses

import pytest

from hydranet import Drawings, Experiment, FeaturesConfig, FineTuning, SingleLabel, TrainingConfig, train
from hydranet.backbones import Application
from hydranet.joint import _phase_state


@pytest.fixture(scope="session")
def run(mobilenet_weights, tmp_path_factory):
    """Two tasks, one of which is asked of pictures of the other's dogs only."""
    folder = tmp_path_factory.mktemp("exported_run")
    cats_dogs = SingleLabel(name="cats_dogs", data=Drawings("cats_dogs", 24, 12))
    horse_human = SingleLabel(name="horse_human", data=Drawings("horse_human", 24, 12))
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
    with pytest.MonkeyPatch.context() as patch:
        # What it has brought does not matter here, but that there is a tail.
        patch.setattr(_phase_state, "is_surely_better", lambda metric, *changes: True)
        return train(experiment, folder / "run")
