"""One training of a comparison: measured where nothing was chosen, and in nobody's way."""

import dataclasses

import pytest
from PIL import Image

from hydranet import Drawings, Experiment, Folder, SingleLabel, evaluate
from hydranet.backbones import Application
from hydranet.comparison._trial import Trial, find_or_train, join_trials, measure_run, measure_trial
from hydranet.drawings._collections import draw
from hydranet.errors import ConfigError
from hydranet.experiment import FeaturesConfig
from hydranet.runs._checkpoint import Checkpoints

pytestmark = pytest.mark.slow

SIZES = {"train": 6, "validation": 4, "test": 3}


@pytest.fixture
def experiment(tmp_path):
    """Two tasks, of which one has a test split."""
    for index, (split, size) in enumerate(SIZES.items()):
        for label in ("cat", "dog"):
            folder = tmp_path / "pets" / split / label
            folder.mkdir(parents=True)
            for number in range(size):
                picture = draw("cats_dogs", label, index=10 * index + number, image_size=32)
                Image.fromarray(picture).save(folder / f"{number}.png")
    tasks = [
        SingleLabel(name="pets", data=Folder(str(tmp_path / "pets"))),
        SingleLabel(name="horse_human", data=Drawings("horse_human", 8, 4)),
    ]
    return Experiment(
        tasks={task.name: task for task in tasks},
        backbone=Application("MobileNet", image_size=32, weights="random", arguments={"alpha": 0.25}),
        features=FeaturesConfig(dir=str(tmp_path / "features")),
    )


def test_a_task_is_measured_on_its_test_split_where_it_has_one(experiment, tmp_path):
    run = find_or_train(experiment, tmp_path / "run")

    measured = measure_run(run)

    assert {name: (of["split"], of["num_examples"]) for name, of in measured.items()} == {
        "pets": ("test", 2 * SIZES["test"]),
        "horse_human": ("validation", 8),
    }
    assert list(measured) == list(run.experiment.tasks) == list(run.model.tasks)
    assert measured["horse_human"] == run.metrics["tasks"]["horse_human"]
    pets = tmp_path / "pets"
    (pets / "validation").rename(tmp_path / "elsewhere")
    (pets / "test").rename(pets / "validation")
    assert measured["pets"]["loss"] == pytest.approx(evaluate(run)["pets"]["loss"])


def test_what_is_left_of_another_training_gives_way(experiment, tmp_path):
    Checkpoints(tmp_path / "run", "another training").save("heads", {}, {})

    assert list(find_or_train(experiment, tmp_path / "run").metrics["tasks"]) == ["pets", "horse_human"]
    assert not (tmp_path / "run" / "checkpoint.npz").exists()


def test_a_wrong_config_is_still_said(experiment, tmp_path):
    without_data = {"pets": SingleLabel(name="pets")}
    with pytest.raises(ConfigError, match="'pets' has no data"):
        find_or_train(dataclasses.replace(experiment, tasks=without_data), tmp_path / "run")


def test_what_a_training_costs_is_measured_with_it(experiment, tmp_path):
    run = find_or_train(experiment, tmp_path / "run")

    trial = measure_trial(run)

    assert trial.metrics == measure_run(run)
    assert 1 < trial.relative_cost < 1.01  # two small heads on one backbone
    assert trial.training_s == run.metrics["timing"]["heads_s"]


def test_models_of_different_tasks_cost_what_they_cost_together():
    cat, dog = {"cat": {"accuracy": 0.5}}, {"dog": {"accuracy": 0.75}}

    assert join_trials([Trial(cat, 1.0, 3.0), Trial(dog, 1.5, 4.0)]) == Trial({**cat, **dog}, 2.5, 7.0)
