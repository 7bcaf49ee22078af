"""Folds: every class is spread alike over them, identical examples are together, and too many are refused."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydranet.data import check_folds, deal
from hydranet.errors import DataError


def hashes_of(count, seed=0):
    return np.random.default_rng(seed).integers(0, 2**64, (count, 2), np.uint64)


labels_of_classes = st.lists(st.integers(0, 4), min_size=2, max_size=60)


@given(labels_of_classes, st.integers(2, 7), st.integers(0, 99))
def test_folds_are_equally_large_and_each_class_is_spread_over_as_many_as_it_can_be(labels, folds, seed):
    labels = np.array(labels)
    part_of = deal(hashes_of(len(labels), seed), labels[:, None], folds)
    for of_class in (part_of, *(part_of[labels == name] for name in set(labels.tolist()))):
        counts = [Counter(of_class.tolist())[fold] for fold in range(folds)]
        assert max(counts) - min(counts) <= 1


@given(labels_of_classes, st.integers(2, 7), st.integers(0, 99))
def test_the_order_in_which_examples_are_listed_makes_no_difference(labels, folds, seed):
    hashes, columns = hashes_of(len(labels), seed), np.array(labels)[:, None]
    forwards = deal(hashes, columns, folds)
    np.testing.assert_array_equal(deal(hashes[::-1], columns[::-1], folds)[::-1], forwards)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1)), min_size=2, max_size=30))
def test_identical_examples_are_in_one_fold_whatever_their_labels(rows):
    part_of = deal(hashes_of(6)[[content for content, _ in rows]], np.array(rows)[:, 1:], 3)
    for content in {content for content, _ in rows}:
        assert (
            len({fold for fold, (each, _) in zip(part_of.tolist(), rows, strict=True) if each == content})
            == 1
        )


def test_more_folds_than_a_class_or_all_have_examples_are_refused():
    labels = ["cat"] * 9 + ["dog"] * 3
    check_folds(3, labels, lambda label: [label])
    with pytest.raises(DataError, match=r"4 folds need .*'dog' has 3.*at most 3 folds"):
        check_folds(4, labels, lambda label: [label])
    with pytest.raises(DataError, match=r"'fox' has 1.*give it more"):
        check_folds(2, [*labels, "fox"], lambda label: [label])
    check_folds(12, labels, lambda _: [])
    with pytest.raises(DataError, match="there are 12"):
        check_folds(13, labels, lambda _: [])
