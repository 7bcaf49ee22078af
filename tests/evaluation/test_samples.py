"""Samples: every class in view, and the views that the training saw."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from hydranet import Drawings, Regression, SingleLabel
from hydranet.data._augment import Augmentation
from hydranet.data._dataset import load_dataset
from hydranet.data._pictures import PictureFile
from hydranet.data._reader import Reader, Wanted
from hydranet.evaluation._samples import augmented, class_samples


def run_with(**augmentation):
    """What samples need of a run."""
    experiment = SimpleNamespace(augmentation=Augmentation(**augmentation), seed=3)
    return SimpleNamespace(
        experiment=experiment, model=SimpleNamespace(trunk=SimpleNamespace(image_size=(32, 32)))
    )


BREEDS = SingleLabel(name="dog_breeds", data=Drawings("dog_breeds", 6, 1))


@pytest.fixture(scope="module")
def splits():
    return load_dataset(BREEDS.data, task=BREEDS.name)


def assessed(splits, **train):
    task = BREEDS.resolve(splits["train"].labels)
    return SimpleNamespace(
        task=task, splits={**splits, "train": dataclasses.replace(splits["train"], **train)}
    )


def test_samples_come_class_by_class_from_all_over_the_training_pictures(splits):
    samples = class_samples(run_with(), assessed(splits), per_class=3, most_classes=20)

    classes = sorted(set(splits["train"].labels))
    assert [sample.label for sample in samples] == [label for label in classes for _ in range(3)]
    assert [sample.example.pictures[0].index for sample in samples[:3]] == [0, 2, 4]
    assert samples[0].images.shape == (32, 32, 3)


def test_of_many_classes_some_are_shown_from_the_first_to_the_last(splits):
    samples = class_samples(run_with(), assessed(splits), per_class=1, most_classes=3)

    assert [sample.label for sample in samples] == ["beagle", "dachshund", "golden_retriever"]


def test_a_picture_that_cannot_be_read_is_passed_over(splits, tmp_path):
    gone = PictureFile(tmp_path / "gone.jpg")
    pictures = [gone, *splits["train"].pictures[1:]]

    samples = class_samples(run_with(), assessed(splits, pictures=pictures), per_class=2, most_classes=1)

    assert [sample.example.pictures[0].index for sample in samples] == [3]


def test_numbers_are_in_their_order(splits):
    train = splits["train"].where(np.arange(len(splits["train"])) < 3)
    labelled = {"train": dataclasses.replace(train, labels=["10", "9.5", "-2"])}
    assessment = SimpleNamespace(task=Regression(name="age"), splits=labelled)

    samples = class_samples(run_with(), assessment, per_class=1, most_classes=3)

    assert [sample.label for sample in samples] == ["-2", "9.5", "10"]


def test_views_are_those_that_the_training_saw(splits):
    run = run_with(views=3, rotation=20, crop=0.2)
    (sample,) = class_samples(run, assessed(splits), per_class=1, most_classes=1)

    views = augmented(run, sample, limit=5)

    with Reader((32, 32), augmentation=run.experiment.augmentation, seed=3) as reader:
        [expected] = reader.read([Wanted(sample.example.pictures[0], sample.example.hashes[0], (0, 1, 2))])
    np.testing.assert_array_equal([view.images for view in views], expected)
    assert len(views) == 3
    assert len(augmented(run, sample, limit=2)) == 2


def test_without_augmentation_there_is_the_picture_alone(splits):
    (sample,) = class_samples(run_with(), assessed(splits), per_class=1, most_classes=1)

    (view,) = augmented(run_with(), sample, limit=5)

    np.testing.assert_array_equal(view.images, sample.images)
