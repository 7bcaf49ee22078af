"""Which training pictures choose the epoch of a phase: by content, never those of another task's training."""

import numpy as np

from hydranet import Regression, SingleLabel
from hydranet.data import HELD_OUT_SHARE, held_out
from hydranet.data._dataset import Dataset
from hydranet.joint._choosing import choosing_examples, may_choose, without_choosing

COAT = SingleLabel(name="coat", classes=("long", "short"))
RARE = SingleLabel(name="rare", classes=("collie", "husky"))
AGE = Regression(name="age", mean=0.0, standard_deviation=1.0)
HASHES = np.random.default_rng(0).integers(0, 2**64, (600, 2), np.uint64)
BY_HASH = held_out(HASHES, HELD_OUT_SHARE, word=1)


def dataset(labels, hashes=HASHES):
    return Dataset([None] * len(hashes), list(labels), hashes)


COATS = dataset(COAT.classes * 300)


def test_a_fifth_of_many_pictures_may_choose_whichever_others_there_are():
    part = may_choose(COAT, COATS)

    np.testing.assert_array_equal(part, BY_HASH)
    np.testing.assert_array_equal(may_choose(COAT, COATS.where(np.arange(600) < 500)), part[:500])


def test_none_of_few_pictures_may():
    assert not may_choose(COAT, COATS.where(np.arange(600) < 200)).any()


def test_a_class_keeps_two_pictures_that_train():
    husky = np.zeros(600, bool)
    husky[np.flatnonzero(BY_HASH)[:4]] = True
    part = may_choose(RARE, dataset(np.where(husky, "husky", "collie")))

    np.testing.assert_array_equal(part, BY_HASH & ~husky)


def test_a_picture_that_chooses_for_one_task_trains_none():
    """And one that another task can't be without, as its only pictures of a class, chooses for none."""
    few = np.flatnonzero(BY_HASH)[:3]
    tasks = {"coat": COAT, "rare": RARE, "age": AGE}
    datasets = {
        "coat": COATS,
        "rare": dataset(["collie", "collie", "husky"], HASHES[few]),
        "age": dataset(["1"] * 30, HASHES[:30]),
    }

    choosing = choosing_examples(tasks, datasets)
    training = without_choosing(datasets, choosing)

    assert [part.sum() for part in choosing.values()] == [BY_HASH.sum() - 3, 0, 0]
    chosen = COATS.where(choosing["coat"]).hashes[:, 0]
    for name in tasks:
        assert not np.isin(training[name].hashes[:, 0], chosen).any()
    assert len(training["coat"]) == 600 - len(chosen)
    assert len(training["rare"]) == 3
    assert 0 < len(training["age"]) < 30


def test_where_all_pictures_are_one_it_trains():
    one = dataset(["1"] * 600, np.tile(HASHES[BY_HASH][0], (600, 1)))

    assert not may_choose(AGE, one).any()
    assert len(without_choosing({"age": one}, choosing_examples({"age": AGE}, {"age": one}))["age"]) == 600
