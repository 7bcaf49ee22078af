"""The table of several tasks' pictures: each picture once, with the labels of all, and where a mixture finds it."""

import numpy as np
import pytest

from hydranet import MultiLabel, Regression, SingleLabel
from hydranet.data._dataset import Dataset
from hydranet.data._drawings import Drawing
from hydranet.data._mixture import Mixture, Plan
from hydranet.data._pictures import hash_pictures
from hydranet.drawings._collections import COLLECTIONS
from hydranet.joint._rows import JointRows

LABEL = COLLECTIONS["cats_dogs"][0]
PICTURES = [Drawing("cats_dogs", LABEL, index, seed=0) for index in range(9)]
HASHES = hash_pictures(PICTURES)

TASKS = {
    task.name: task
    for task in (
        SingleLabel(name="coat", classes=("long", "short"), class_weights={"short": 3.0}),
        Regression(name="age", mean=0.0, standard_deviation=1.0),
        MultiLabel(name="traits", classes=("dark", "tall")),
        Regression(name="size", mean=0.0, standard_deviation=1.0),
    )
}


def dataset(labels):
    """Return what a source gives that labels some of the pictures, by their number."""
    numbers = list(labels)
    return Dataset([PICTURES[number] for number in numbers], list(labels.values()), HASHES[numbers])


@pytest.fixture
def rows():
    """Pictures 0 to 5 for `coat`, 4 to 7 for `age`, 0 and 8 for `traits`; `size` has none of its own."""
    coats = {number: ("long", "short")[number % 2] for number in range(6)}
    return JointRows(
        TASKS,
        {
            "coat": dataset(coats),
            "age": dataset({7: "70", 4: "40", 6: "60", 5: "50"}),
            "traits": dataset({8: "dark", 0: "dark|tall"}),
            "size": dataset({6: "0.6", 1: "0.1"}),
        },
    )


def test_a_picture_of_several_tasks_is_one_row_with_all_their_labels(rows):
    assert len(rows) == 9
    assert rows.pictures == [PICTURES[number] for number in (0, 1, 2, 3, 4, 5, 7, 6, 8)]
    np.testing.assert_array_equal(rows.picture_hashes, HASHES[[0, 1, 2, 3, 4, 5, 7, 6, 8]])
    assert rows.labels["coat"].plain[4] == TASKS["coat"].encode(["long"])[0]
    assert rows.labels["age"].plain[4] == 40
    assert rows.labels["traits"].plain[0].tolist() == [1, 1]


def test_a_row_stands_under_the_first_task_that_lists_it(rows):
    assert rows.sizes == {"coat": 6, "age": 2, "traits": 1, "size": 0}


def test_where_there_is_no_label_both_label_and_weight_are_0(rows):
    labelled = {"coat": [0, 1, 2, 3, 4, 5], "age": [4, 5, 6, 7], "traits": [0, 8], "size": [1, 7]}
    for name, here in labelled.items():
        elsewhere = np.setdiff1d(np.arange(9), here)
        assert rows.weights[name].shape == (9,)
        assert (rows.weights[name][here] > 0).all()
        assert not rows.weights[name][elsewhere].any()
        assert not rows.labels[name].plain[elsewhere].any()


def test_labels_and_weights_are_what_the_task_makes_of_them(rows):
    coat = TASKS["coat"]
    encoded = coat.encode(["long", "short"] * 3)
    np.testing.assert_array_equal(rows.labels["coat"].plain[:6], encoded)
    np.testing.assert_array_equal(rows.weights["coat"][:6], coat.example_weights(encoded))
    assert rows.labels["coat"].plain.dtype == encoded.dtype
    assert rows.weights["coat"].dtype == np.float32
    np.testing.assert_array_equal(rows.labels["age"].plain[[4, 5, 6, 7]], [40, 50, 70, 60])


def test_a_plan_of_fewer_sources_means_the_same_rows(rows):
    plan = Plan(source=np.array([0, 1, 1, 0]), row=np.array([0, 0, 1, 5]), view=np.zeros(4, np.int64))

    assert rows.rows(plan, ["coat", "age"]).tolist() == [0, 6, 7, 5]
    assert rows.rows(plan, ["coat", "traits"])[0] == 0
    assert rows.rows(Plan(*(column[1:2] for column in plan)), ["age", "traits"]).tolist() == [8]


def test_an_epoch_of_the_mixture_has_every_row_once(rows):
    mixture = Mixture(rows.sizes, batch_size=4)
    seen = [rows.rows(mixture.plan(0, step), mixture.sources) for step in range(mixture.steps_per_epoch)]
    assert sorted(np.concatenate(seen).tolist()) == list(range(9))


def test_the_sources_of_tasks_are_those_under_which_rows_with_their_labels_stand(rows):
    assert rows.sources_with_labels(["coat"]) == ["coat"]
    assert rows.sources_with_labels(["age"]) == ["coat", "age"]
    assert rows.sources_with_labels(["size"]) == ["coat", "age"]
    assert rows.sources_with_labels(["traits"]) == ["coat", "traits"]
    assert rows.sources_with_labels(["traits", "age"]) == ["coat", "age", "traits"]


def test_examples_of_several_pictures_are_rows_as_a_whole():
    pairs = HASHES[[0, 1, 2, 3, 1, 0]].reshape(3, 2, 2)
    pictures = [PICTURES[number] for number in (0, 1, 2, 3, 1, 0)]
    tasks = {name: TASKS[name] for name in ("coat", "age")}
    datasets = {
        "coat": Dataset(pictures[:4], ["long", "short"], pairs[:2]),
        "age": Dataset(pictures[2:], ["20", "30"], pairs[1:]),
    }
    rows = JointRows(tasks, datasets)
    assert (len(rows), rows.sizes, rows.pictures) == (3, {"coat": 2, "age": 1}, pictures)
    np.testing.assert_array_equal(rows.picture_hashes, pairs)
    assert rows.labels["age"].plain.tolist() == [0, 20, 30]
