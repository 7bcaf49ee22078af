"""Who judges a penalty: one part of many examples, all of few in turn, and nobody who is missed by the others."""

import numpy as np

from hydranet import MultiLabel, Regression, SingleLabel
from hydranet.training._head_examples import HeadExamples
from hydranet.training._held_out import held_out_parts


def parts_of(task, labels, hashes=None):
    task = task.resolve(labels)
    if hashes is None:
        hashes = np.random.default_rng(0).integers(0, 2**64, (len(labels), 2), np.uint64)
    examples = HeadExamples.of(task, [], labels, hashes)
    return held_out_parts(task, examples), examples


def test_of_many_examples_one_part_judges_that_of_their_hashes():
    parts, examples = parts_of(SingleLabel(name="coat"), ["long", "short"] * 600)

    assert [part.tolist() for part in parts] == [examples.held_out.tolist()]


def test_each_of_few_examples_judges_once_and_every_part_shows_the_classes_alike():
    labels = ["long"] * 50 + ["short"] * 25 + ["curly"] * 5
    parts, _ = parts_of(SingleLabel(name="coat"), labels)

    assert np.sum(parts, axis=0).tolist() == [1] * 80
    counts = [
        [np.asarray(labels)[part].tolist().count(name) for name in sorted(set(labels))] for part in parts
    ]
    assert counts == [[1, 10, 5]] * 5


def test_between_few_and_many_so_many_parts_judge_that_their_examples_are_enough():
    counts = [len(parts_of(SingleLabel(name="coat"), ["long", "short"] * half)[0]) for half in (50, 200, 400)]

    assert counts == [5, 3, 2]


def test_nobody_judges_whose_class_too_few_others_show():
    labels = ["rare"] * 2 + ["long"] * 10 + ["short"] * 10
    parts, _ = parts_of(SingleLabel(name="coat"), labels)

    assert np.sum(parts, axis=0).tolist() == [0, 0] + [1] * 20
    assert parts_of(SingleLabel(name="coat"), ["long", "long", "short", "short"])[0] == []


def test_identical_pictures_are_on_one_side():
    hashes = np.random.default_rng(0).integers(0, 2**64, (20, 2), np.uint64).repeat(2, axis=0)
    parts, _ = parts_of(SingleLabel(name="coat"), ["long"] * 20 + ["short"] * 20, hashes)

    assert parts
    assert all((part[::2] == part[1::2]).all() for part in parts)


def test_numbers_and_several_classes_at_once_are_spread_too():
    numbers = [str(number) for number in range(40)]
    parts, _ = parts_of(Regression(name="age"), numbers)
    means = [np.flatnonzero(part).mean() for part in parts]
    assert max(means) - min(means) < 5

    parts, _ = parts_of(MultiLabel(name="weather"), ["rain", "rain|sun", "", "sun"] * 10)
    assert [int(part.sum()) for part in parts] == [8] * 5
