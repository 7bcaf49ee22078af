"""How unusual features are: pictures of another kind are, those of the same kind as often as the score says."""

import json

import numpy as np
import pytest

from hydranet.heads import UsualFeatures, unit_vectors

NUM_FEATURES = 300


def pictures(count, *, kind, seed):
    """Features of a kind: few causes, each of which shows in many features, and some noise."""
    causes = np.abs(np.random.default_rng(kind).normal(size=(12, NUM_FEATURES)))
    rng = np.random.default_rng([kind, seed])
    features = np.abs(rng.normal(size=(count, 12))) @ causes + rng.normal(size=(count, NUM_FEATURES))
    return features.astype(np.float32)


@pytest.fixture(scope="module")
def usual():
    return UsualFeatures.of(pictures(400, kind=1, seed=0))


def test_pictures_of_another_kind_are_unusual_and_others_as_often_as_the_score_says(usual):
    same = usual.unusual(unit_vectors(pictures(2000, kind=1, seed=1)))
    other = usual.unusual(unit_vectors(pictures(200, kind=2, seed=1)))

    assert other.min() > 0.99
    assert same.min() >= 0
    assert other.max() <= 1
    for share in (0.25, 0.5, 0.75, 0.9, 0.95, 0.98):
        assert np.mean(same < share) == pytest.approx(share, abs=0.08)


def test_how_strong_features_are_makes_no_difference(usual):
    features = pictures(20, kind=1, seed=2)
    np.testing.assert_allclose(
        usual.unusual(unit_vectors(features)), usual.unusual(unit_vectors(7 * features)), atol=1e-4
    )


@pytest.mark.parametrize("count", [1, 2, 7, 33])
def test_how_unusual_one_is_does_not_depend_on_the_others(usual, count):
    features = pictures(50, kind=1, seed=3)
    together = usual.unusual(unit_vectors(features))
    np.testing.assert_array_equal(usual.unusual(unit_vectors(features[:count])), together[:count])


def test_of_maps_and_of_several_pictures_the_mean_counts(usual):
    features = pictures(6, kind=1, seed=4)
    maps = features[:, None, None] + np.array([[-1, 1], [2, -2]], np.float32)[:, :, None]

    assert unit_vectors(maps).shape == (6, NUM_FEATURES)
    np.testing.assert_allclose(unit_vectors(maps), unit_vectors(features), atol=1e-6)


@pytest.mark.parametrize("count", [2, 3, 5, 12])
def test_few_pictures_give_a_score_and_no_false_alarm_is_common(count):
    usual = UsualFeatures.of(pictures(count, kind=1, seed=0))
    same, other = (usual.unusual(unit_vectors(pictures(200, kind=kind, seed=1))) for kind in (1, 2))

    assert ((same >= 0) & (same <= 1)).all()
    assert np.mean(same > 0.95) < 0.3
    assert np.mean(other[:, None] > same) > 0.95


def test_equal_pictures_and_features_of_zeros_give_numbers():
    usual = UsualFeatures.of(np.ones((5, 8), np.float32))
    zeros = UsualFeatures.of(np.zeros((5, 8), np.float32))

    assert usual.unusual(unit_vectors(np.ones((1, 8)))) < 0.9
    assert usual.unusual(unit_vectors(np.eye(1, 8))) > 0.99
    assert np.isfinite(zeros.unusual(unit_vectors(np.zeros((1, 8)))))
    assert UsualFeatures.of(np.ones((1, 8))) is None


def test_it_is_small_and_comes_back_from_json_to_the_bit(usual):
    text = json.dumps(usual.as_data())
    vectors = unit_vectors(pictures(9, kind=1, seed=5))

    assert len(text) < 8000 + 17 * NUM_FEATURES
    loaded = UsualFeatures.from_data(json.loads(text))
    np.testing.assert_array_equal(loaded.unusual(vectors), usual.unusual(vectors))


@pytest.mark.parametrize(
    "damage",
    [
        {"rows": "AAAA"},
        {"rows": "no base64"},
        {"rows": 7},
        {"num_features": 10**9},
        {"scales": ""},
        {"distances": ""},
        {"distances": "AACAfwAAgH8="},
        {"excess": 0},
        {"excess": None},
        {"share": 1.5},
        {"share": float("nan")},
    ],
)
def test_damaged_data_are_refused(usual, damage):
    with pytest.raises((ValueError, KeyError, TypeError)):
        UsualFeatures.from_data({**usual.as_data(), **damage})
