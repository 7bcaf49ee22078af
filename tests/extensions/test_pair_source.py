"""A source of one's own whose examples are two pictures: it needs nothing but public names."""

import numpy as np
import pytest

from hydranet import Drawings, Experiment, SingleLabel
from hydranet.data import load_dataset
from hydranet.errors import ConfigError
from hydranet.testing import check_source

from .pair_source import Pairs


def test_the_source_keeps_the_contract():
    check_source(Pairs("cats_dogs", 4, 2))


def test_its_examples_are_listed_as_pairs():
    train = load_dataset(Pairs("cats_dogs", 4, 2), task="same")["train"]
    assert (len(train), train.example_shape, len(train.pictures)) == (16, (2,), 32)
    assert train.labels.count("same") == train.labels.count("different") == 8
    shown = [[picture.label for picture in train.pictures_of(row)] for row in range(len(train))]
    assert [len(set(labels)) == 1 for labels in shown] == [label == "same" for label in train.labels]
    assert len(np.unique(train.hashes, axis=0)) == 16


def test_tasks_of_other_example_shapes_can_not_share_a_model():
    tasks = {
        "same": SingleLabel(name="same", data=Pairs("cats_dogs")),
        "pets": SingleLabel(name="pets", data=Drawings("cats_dogs")),
    }
    with pytest.raises(
        ConfigError, match=r"examples of one shape: received \(2,\) of 'same', \(\) of 'pets'"
    ):
        Experiment(tasks=tasks)
    assert Experiment(tasks={"same": tasks["same"]}).example_shape == (2,)
