"""An assessment: its labels and outputs are those of its pictures, row by row, also where some can't be decoded."""

import json

import numpy as np
import pytest

from hydranet import DataError, Drawings, Experiment, Folder, Run, SingleLabel, evaluate, train
from hydranet.backbones import Application
from hydranet.data._drawings import Drawing
from hydranet.evaluation._assess import assess
from hydranet.experiment import FeaturesConfig

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Cats and dogs in files; the first and a later one of the validation pictures are damaged."""
    folder = tmp_path_factory.mktemp("pictures")
    for split, first, count in (("train", 0, 8), ("validation", 20, 5)):
        for label in ("cat", "dog"):
            place = folder / split / label
            place.mkdir(parents=True)
            for index in range(first, first + count):
                Drawing("cats_dogs", label, index, 0).save(place / f"{index}.png")
    for damaged in (folder / "validation/cat/20.png", folder / "validation/dog/22.png"):
        damaged.write_bytes(damaged.read_bytes()[:40])
    return folder


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory, mobilenet_weights):
    """Two tasks, of which one has damaged pictures."""
    tasks = [
        SingleLabel(name="pets", data=Folder(str(folder))),
        SingleLabel(name="breed", data=Drawings("dog_breeds", 4, 2)),
    ]
    place = tmp_path_factory.mktemp("run")
    experiment = Experiment(
        tasks={task.name: task for task in tasks},
        backbone=Application(
            "MobileNet", image_size=32, weights=str(mobilenet_weights), arguments={"alpha": 0.25}
        ),
        features=FeaturesConfig(dir=str(place / "features")),
        skip_bad_images=True,
    )
    return train(experiment, place / "run")


def test_every_row_is_of_its_own_picture(run, folder):
    pets = assess(run)["pets"]
    labels = [str(picture.path.relative_to(folder)) for picture in pets.dataset.pictures]
    assert labels == [
        *(f"validation/cat/{index}.png" for index in (21, 22, 23, 24)),
        *(f"validation/dog/{index}.png" for index in (20, 21, 23, 24)),
    ]
    assert pets.labels.tolist() == [0] * 4 + [1] * 4 == pets.task.encode(pets.dataset.labels).tolist()
    images = np.stack([picture.pixels(picture.content(), (32, 32)) for picture in pets.dataset.pictures])
    assert pets.outputs.dtype == np.float32
    np.testing.assert_allclose(pets.outputs, run.model.predict(images, verbose=0)["pets"], atol=1e-4)
    np.testing.assert_array_equal(pets.scores, pets.task.scores(pets.outputs))


def test_what_was_left_out_is_named_and_the_other_splits_are_whole(run, folder):
    pets, breed = assess(run).values()
    assert [line.partition(" is")[0].rpartition("validation/")[2] for line in pets.bad_images] == [
        "cat/20.png",
        "dog/22.png",
    ]
    assert {split: len(dataset) for split, dataset in pets.splits.items()} == {"train": 16, "validation": 8}
    assert pets.splits["validation"] is pets.dataset
    assert (breed.bad_images, breed.split) == ((), "validation")


def test_the_metrics_are_those_of_the_training_and_of_evaluate(run):
    assessments = assess(Run(run.folder))
    assert evaluate(run) == {name: each.metrics for name, each in assessments.items()}
    written = json.loads((run.folder / "metrics.json").read_text())["tasks"]
    for name, each in assessments.items():
        assert each.metrics == {key: written[name][key] for key in each.metrics}
    assert assessments["pets"].metrics["num_examples"] == 8


def test_only_the_wanted_tasks_are_assessed(run):
    assert list(assess(run, tasks=["breed"])) == ["breed"]


def test_a_split_of_which_no_picture_can_be_decoded_is_an_error(run, folder, tmp_path):
    for split in ("train", "validation"):
        for label in ("cat", "dog"):
            (tmp_path / split / label).mkdir(parents=True)
            (tmp_path / split / label / "1.png").write_bytes(f"{split} {label}".encode())
    with pytest.raises(DataError, match="None of the validation pictures of 'pets' can be decoded"):
        assess(run, data={"pets": Folder(str(tmp_path))})
