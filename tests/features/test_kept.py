"""Features that are read many times are held in memory, a picture of several examples once."""

import numpy as np
import pytest

from hydranet.features import FeatureStore, kept
from hydranet.features import _kept as module
from hydranet.features._joined import JoinedSpace


@pytest.fixture
def spaces(tmp_path):
    keys = np.arange(12, dtype=np.uint64).reshape(6, 2)
    made = [FeatureStore(tmp_path).space(f"network {size}", shape=(size,)) for size in (3, 2)]
    for number, space in enumerate(made):
        # Chunks in another order in each space, so that rows of one are no rows of the other.
        for part in (slice(0, 4), slice(4, 6))[:: 1 - 2 * number]:
            space.append(
                keys[part], np.float32(np.arange(6)[part, None] + 10 * number + np.zeros(space.shape))
            )
    return keys, made


@pytest.mark.parametrize("places", [[2, 0, 5, 2], [[0, 5], [5, 3], [1, 1]]])
def test_kept_features_are_the_stored_ones(spaces, places):
    keys, made = spaces
    for space in (*made, JoinedSpace(made)):
        stored = space.features(keys[np.array(places)])
        [held] = kept([stored])
        assert (len(held), held.shape) == (len(stored), stored.shape)
        np.testing.assert_array_equal(held.read(), stored.read())
        np.testing.assert_array_equal(held.select(np.array([1, 0])).read(), stored.read(np.array([1, 0])))
        assert len(held.distinct()[0]) == len(np.unique(places))


def test_features_that_are_too_large_stay_in_the_store(spaces, monkeypatch):
    keys, made = spaces
    stored = made[0].features(keys)
    monkeypatch.setattr(module, "_MOST_BYTES", 4 * 6 * 3 - 1)
    assert kept([stored]) == [stored]
