"""Which examples validate: by their content, and some of every class that has two."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hydranet.data._dividing import VALIDATION_SHARE, held_out, validating


def hashes_of(count, seed=0):
    return np.random.default_rng(seed).integers(0, 2**64, (count, 2), np.uint64)


def one_class(label):
    return [label]


labelled = st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=60)


@given(labelled, st.integers(0, 1000))
def test_every_class_of_two_or_more_is_on_both_sides(labels, seed):
    chosen = validating(hashes_of(len(labels), seed), labels, one_class)
    for name in set(labels):
        sides = {bool(side) for side, label in zip(chosen, labels, strict=True) if label == name}
        assert len(sides) == (2 if labels.count(name) > 1 else 1)


@given(st.integers(0, 1000))
def test_where_no_class_lacks_a_side_the_hash_alone_decides(seed):
    hashes = hashes_of(200, seed)
    expected = held_out(hashes, VALIDATION_SHARE, word=0)
    np.testing.assert_array_equal(validating(hashes, ["a", "b"] * 100, one_class), expected)
    np.testing.assert_array_equal(validating(hashes, [None] * 200), expected)


@given(labelled, st.integers(0, 1000))
def test_an_example_that_is_added_moves_one_other_at_most(labels, seed):
    hashes = hashes_of(len(labels), seed)
    before = validating(hashes[:-1], labels[:-1], one_class)
    after = validating(hashes, labels, one_class)
    assert (before != after[:-1]).sum() <= 1


@given(labelled, st.integers(0, 1000))
def test_the_order_makes_no_difference(labels, seed):
    hashes = hashes_of(len(labels), seed)
    chosen = validating(hashes, labels, one_class)
    np.testing.assert_array_equal(validating(hashes[::-1], labels[::-1], one_class)[::-1], chosen)


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abc")), min_size=2, max_size=30))
def test_identical_examples_stay_together(rows):
    hashes = hashes_of(6)[[content for content, _ in rows]]
    chosen = validating(hashes, [label for _, label in rows], one_class)
    for content in {content for content, _ in rows}:
        same = [side for side, (each, _) in zip(chosen, rows, strict=True) if each == content]
        assert len(set(map(bool, same))) == 1


@given(st.lists(st.sets(st.sampled_from("abcd"), min_size=1), min_size=4, max_size=40), st.integers(0, 99))
def test_examples_of_several_classes_leave_no_class_without_a_training_example(labels, seed):
    chosen = validating(hashes_of(len(labels), seed), labels, sorted)
    plain = held_out(hashes_of(len(labels), seed), VALIDATION_SHARE, word=0)
    for name in "abcd":
        training = [name in label for label, side in zip(labels, chosen, strict=True) if not side]
        before = [name in label for label, side in zip(labels, plain, strict=True) if not side]
        assert any(training) or not any(before)


def test_two_pictures_make_two_splits():
    for seed in range(20):
        assert sorted(validating(hashes_of(2, seed), ["a", "b"]).tolist()) == [False, True]
