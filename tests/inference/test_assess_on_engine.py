"""Assessment on an engine: from the pictures themselves, row by row, also where some can't be decoded."""

import numpy as np
import pytest

from hydranet import DataError, Drawings, Experiment, Folder, SingleLabel, train
from hydranet.backbones import Application
from hydranet.data._drawings import Drawing
from hydranet.evaluation._assess import assess
from hydranet.experiment import FeaturesConfig
from hydranet.inference._assess_on_engine import assess_on_engine

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory, mobilenet_weights):
    """A run with one task, whose gate another would close."""
    tasks = [
        SingleLabel(name="pets", data=Drawings("cats_dogs", 8, 4), classes=("dog", "cat")),
        SingleLabel(name="breed", data=Drawings("dog_breeds", 4, 2), when={"pets": "dog"}),
    ]
    place = tmp_path_factory.mktemp("run")
    experiment = Experiment(
        tasks={task.name: task for task in tasks},
        backbone=Application(
            "MobileNet", image_size=32, weights=str(mobilenet_weights), arguments={"alpha": 0.25}
        ),
        features=FeaturesConfig(dir=str(place / "features")),
    )
    return train(experiment, place / "run")


@pytest.fixture
def folder(tmp_path):
    """Cats and dogs in files of which one of each can't be decoded."""
    for split in ("train", "validation"):
        for label in ("cat", "dog"):
            place = tmp_path / split / label
            place.mkdir(parents=True)
            for index in range(3):
                Drawing("cats_dogs", label, index + 50, 0).save(place / f"{index}.png")
            (place / "1.png").write_bytes(f"{label} of {split}".encode())
    return tmp_path


def test_it_says_what_the_assessment_from_features_says(run):
    measured, expected = assess_on_engine(run, engine="tensorflow"), assess(run)
    for name, each in measured.items():
        np.testing.assert_array_equal(each.labels, expected[name].labels)
        np.testing.assert_array_equal(each.dataset.hashes, expected[name].dataset.hashes)
        np.testing.assert_allclose(each.outputs, expected[name].outputs, atol=1e-4)
        assert each.metrics == pytest.approx(expected[name].metrics, abs=1e-3)
    again = assess_on_engine(run, engine="tensorflow")
    assert {name: each.metrics for name, each in again.items()} == {
        name: each.metrics for name, each in measured.items()
    }


def test_pictures_that_can_not_be_decoded_are_left_out_and_named(run, folder):
    pets = assess_on_engine(run, engine="tensorflow", data={"pets": Folder(str(folder))})["pets"]
    names = [str(picture.path.relative_to(folder / "validation")) for picture in pets.dataset.pictures]
    assert names == ["cat/0.png", "cat/2.png", "dog/0.png", "dog/2.png"]
    assert pets.labels.tolist() == [1, 1, 0, 0]
    assert (pets.metrics["num_examples"], len(pets.outputs), len(pets.splits["train"])) == (4, 4, 6)
    assert len(pets.bad_images) == 2
    assert "validation/cat/1.png" in pets.bad_images[0]
    images = np.stack([picture.pixels(picture.content(), (32, 32)) for picture in pets.dataset.pictures])
    np.testing.assert_allclose(pets.outputs, run.model.predict(images, verbose=0)["pets"], atol=1e-4)


def test_a_split_of_which_no_picture_can_be_decoded_is_an_error(run, folder):
    for path in (folder / "validation").rglob("*.png"):
        path.write_bytes(str(path).encode())
    with pytest.raises(DataError, match="None of the validation pictures of 'pets'"):
        assess_on_engine(run, engine="tensorflow", data={"pets": Folder(str(folder))})
