"""Features that are made of others: stored once, read side by side."""

import numpy as np
import pytest

from hydranet.features import FeatureStore
from hydranet.features._joined import JoinedSpace

KEYS = np.arange(12, dtype=np.uint64).reshape(6, 2)


@pytest.fixture
def parts(tmp_path):
    random = np.random.default_rng(0)
    spaces = [FeatureStore(tmp_path).space(name, (width,)) for name, width in (("early", 3), ("last", 5))]
    rows = [random.normal(size=(6, space.shape[0])).astype(np.float32) for space in spaces]
    for space, each in zip(spaces, rows, strict=True):
        space.append(KEYS, each)
    return spaces, np.concatenate(rows, axis=1)


def test_rows_stand_side_by_side_in_the_order_that_is_asked_for(parts):
    spaces, rows = parts
    order = np.array([4, 0, 5])
    features = JoinedSpace(spaces).features(KEYS[order])
    assert (len(features), features.shape) == (3, (8,))
    np.testing.assert_array_equal(features.read(), rows[order])
    np.testing.assert_array_equal(features.select(np.array([2, 0])).read(), rows[[5, 4]])
    batches = list(features.batches(2))
    np.testing.assert_array_equal(np.concatenate([part for _, part in batches]), rows[order])
    assert [(rows.start, rows.stop) for rows, _ in batches] == [(0, 2), (2, 3)]


def test_examples_of_several_pictures_keep_their_shape(parts):
    spaces, rows = parts
    features = JoinedSpace(spaces).features(KEYS.reshape(3, 2, 2))
    assert features.shape == (2, 8)
    np.testing.assert_array_equal(features.read(), rows.reshape(3, 2, 8))


def test_what_one_part_lacks_is_missing(parts, tmp_path):
    spaces, _ = parts
    new = np.array([[90, 91]], np.uint64)
    spaces[0].append(new, np.zeros((1, 3), np.float32))
    assert JoinedSpace(spaces).contains(np.concatenate([KEYS[:1], new])).tolist() == [True, False]
    with pytest.raises(KeyError):
        JoinedSpace(spaces).features(new)
