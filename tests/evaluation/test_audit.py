"""The audit of the pictures: what is there twice, what nearly so, and how many there are of each class."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hydranet import Experiment, Folder, MultiLabel, SingleLabel, train
from hydranet.backbones import Application
from hydranet.data._dataset import Dataset
from hydranet.data._drawings import Drawing
from hydranet.data._pictures import PictureFile
from hydranet.evaluation import _audit as audit
from hydranet.evaluation._assess import Assessment, assess
from hydranet.evaluation._audit import class_balance, contradicts, exact_duplicates, leaks, look_alikes
from hydranet.experiment import FeaturesConfig
from hydranet.features._store import FeatureStore

COPIED = ("train/dog/5.png", "validation/dog/same.png")


def dataset(**pictures):
    """Pictures with a label and a content, which is one letter: `dataset(name="label:content")`."""
    labels, contents = zip(*(text.split(":") for text in pictures.values()), strict=True)
    hashes = np.array([[0, ord(content)] for content in contents], np.uint64)
    return Dataset([PictureFile(Path(name)) for name in pictures], list(labels), hashes)


def assessment(name, **splits):
    task = SingleLabel(name=name, classes=("cat", "dog"))
    judged = splits["validation"]
    outputs = np.zeros((len(judged), 1), np.float32)
    return Assessment(task, "validation", splits, judged, task.encode(judged.labels), outputs, {}, ())


def names(groups):
    return [[twin.name for twin in group] for group in groups]


def test_classes_are_counted_by_split():
    splits = {"train": dataset(a="dog:a", b="cat:b", c="dog:c"), "validation": dataset(d="bird:d")}
    task = SingleLabel(name="pets", classes=("cat", "dog"))
    assert class_balance(task, splits) == {
        "bird": {"train": 0, "validation": 1},
        "cat": {"train": 1, "validation": 0},
        "dog": {"train": 2, "validation": 0},
    }


def test_a_picture_counts_for_each_of_its_classes():
    labels = ["rain|sun", "", "sun "]
    splits = {"train": Dataset([PictureFile(Path("a"))] * 3, labels, np.zeros((3, 2), np.uint64))}
    task = MultiLabel(name="weather", classes=("rain", "sun"))
    counts = class_balance(task, splits)
    assert counts == {"rain": {"train": 1}, "sun": {"train": 2}}
    assert task.encode(labels).sum(axis=0).tolist() == [each["train"] for each in counts.values()]


def test_duplicates_that_leak_come_first_and_then_those_that_contradict_each_other():
    pets = assessment(
        "pets",
        train=dataset(a="cat:A", b="cat:B", c="cat:C", d="dog:C", e="dog:E", f="dog:E", g="cat:G"),
        validation=dataset(h="cat:A", i="dog:I"),
    )
    strays = assessment("strays", train=dataset(j="dog:I", k="cat:K"), validation=dataset(m="cat:M"))
    groups = exact_duplicates({"pets": pets, "strays": strays})
    assert names(groups) == [["a", "h"], ["c", "d"], ["e", "f"], ["i", "j"]]
    assert [leaks(group) for group in groups] == [True, False, False, False]
    assert [contradicts(group) for group in groups] == [False, True, False, False]
    assert [(twin.task, twin.split, twin.label) for twin in groups[-1]] == [
        ("pets", "validation", "dog"),
        ("strays", "train", "dog"),
    ]


def test_labels_that_mean_the_same_do_not_contradict_each_other():
    weather = MultiLabel(name="weather", classes=("rain", "sun"))
    train = dataset(a="rain|sun:A", b="sun|rain:A", c="rain:B", d=":B")
    assessed = Assessment(weather, "train", {"train": train}, train, weather.encode(train.labels), None, {})
    groups = {group[0].name: group for group in exact_duplicates({"weather": assessed})}
    assert [contradicts(groups[name]) for name in ("a", "c")] == [False, True]


def test_a_picture_with_labels_of_several_tasks_is_no_duplicate():
    both = {"train": dataset(a="cat:A", b="dog:B"), "validation": dataset(c="cat:C")}
    assert exact_duplicates({"pets": assessment("pets", **both), "same": assessment("same", **both)}) == []


@pytest.fixture(scope="module")
def run(tmp_path_factory, backbone_weights):
    """A run with three training pictures in validation too: one saved anew, one a little darker, one copied."""
    folder = tmp_path_factory.mktemp("alike")
    for split, first in (("train", 0), ("validation", 20)):
        for label in ("cat", "dog"):
            (folder / split / label).mkdir(parents=True)
            for index in range(first, first + 10):
                Drawing("cats_dogs", label, index, 0).save(folder / split / label / f"{index}.png")
    with Image.open(folder / "train/cat/3.png") as image:
        image.save(folder / "validation/dog/anew.bmp")
    with Image.open(folder / "train/dog/4.png") as image:
        image.point(lambda level: int(0.99 * level)).save(folder / "validation/dog/darker.png")
    (folder / "validation/dog/same.png").write_bytes((folder / "train/dog/5.png").read_bytes())
    experiment = Experiment(
        tasks={"pets": SingleLabel(name="pets", data=Folder(str(folder)))},
        backbone=Application(image_size=32, weights=str(backbone_weights), arguments={"alpha": 0.35}),
        features=FeaturesConfig(dir=str(folder / "features")),
    )
    return train(experiment, folder / "run")


def described(pairs):
    return [[f"{twin.label}/{Path(twin.name).name}" for twin in (pair.first, pair.second)] for pair in pairs]


@pytest.mark.slow
def test_a_picture_that_was_saved_anew_is_found_and_a_copy_is_left_to_the_exact_duplicates(run):
    assessments = assess(run)
    [pair] = look_alikes(run, assessments, 10)
    assert described([pair]) == [["cat/3.png", "dog/anew.bmp"]]
    assert (pair.first.split, pair.second.split, pair.second.task) == ("train", "validation", "pets")
    assert pair.similarity == pytest.approx(1)
    assert names(exact_duplicates(assessments)) == [
        [str(Path(run.experiment.tasks["pets"].data.path) / name) for name in COPIED]
    ]


def test_the_most_alike_come_first_however_the_features_are_read(run, monkeypatch):
    monkeypatch.setattr(audit, "ALIKE", 0.3)
    assessments = assess(run)
    found = look_alikes(run, assessments, 100)
    assert described(found)[:2] == [["cat/3.png", "dog/anew.bmp"], ["dog/4.png", "dog/darker.png"]]
    similarities = [pair.similarity for pair in found]
    assert similarities == sorted(similarities, reverse=True)
    assert len({pair.second.name for pair in found}) == len(found) > 2
    assert look_alikes(run, assessments, 2) == found[:2]
    monkeypatch.setattr(audit, "_BLOCK_BYTES", 4 * 1280 * 3)
    assert described(look_alikes(run, assessments, 100)) == described(found)


def test_the_training_split_has_no_look_alikes_in_training(run):
    assert look_alikes(run, assess(run, split="train"), 10) == []


def test_only_what_is_stored_is_compared(run, monkeypatch):
    assessments = assess(run)
    monkeypatch.setattr(audit, "joined_space", lambda *_: FeatureStore("nowhere").space("none", (1280,)))
    assert look_alikes(run, assessments, 10) == []


def test_feature_maps_are_compared_by_their_mean_without_what_all_pictures_have_in_common(stored):
    maps = np.random.default_rng(0).random((9, 2, 2, 5), np.float32)
    maps[7] = maps[2][::-1]
    features = stored(maps)
    rows, cosines = audit._nearest(features.select(np.arange(6)), features.select(np.arange(6, 9)))
    vectors = maps.mean(axis=(1, 2)) - maps[:6].mean(axis=(0, 1, 2))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = vectors[6:] @ vectors[:6].T
    assert rows.tolist() == expected.argmax(axis=1).tolist()
    assert rows[1] == 2
    np.testing.assert_allclose(cosines, expected.max(axis=1), atol=1e-6)
