import numpy as np
import pytest
from scipy.linalg import sqrtm

from hydranet.domains import Adaptation, Coral, Denoising, ImportanceWeights, Standardise
from hydranet.domains._moments import common_scale

METHODS = [Standardise(), Coral(), Denoising(), ImportanceWeights()]


def features(num_rows, num_features, seed):
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(num_rows, num_features)) @ rng.normal(size=(num_features, num_features))
    return np.maximum(mixed + rng.normal(size=num_features), 0).astype(np.float32)


SOURCE, TARGET = features(70, 30, seed=1), features(50, 30, seed=2)


def test_every_kind_is_tried_here():
    own = {kind for kind in Adaptation.variants().values() if kind.__module__.startswith("hydranet.")}
    assert {type(method) for method in METHODS} == own


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.kind)
@pytest.mark.parametrize(
    ("source", "target"),
    [
        (SOURCE, TARGET),
        (features(40, 500, seed=1), features(30, 500, seed=2)),  # more features than pictures
        (SOURCE, TARGET[:2]),
        (np.zeros_like(SOURCE), TARGET),  # features that never change
        (SOURCE, np.ones_like(TARGET)),
        (SOURCE, SOURCE),
    ],
)
def test_what_comes_out_is_finite_and_of_the_same_shape(method, source, target):
    adapted = method.adapt(source, target)
    brought = adapted.bring(source)
    assert brought.shape == source.shape
    assert np.isfinite(brought).all()
    assert np.isfinite(adapted.bring(source[:1])).all()
    if adapted.weights is not None:
        assert adapted.weights.shape == (len(source),)
        assert adapted.weights.min() >= 0
        assert adapted.weights.mean() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("method", [Standardise(), Coral()], ids=lambda method: method.kind)
def test_pictures_of_one_domain_stay_as_they_are(method):
    brought = method.adapt(SOURCE, SOURCE).bring(SOURCE)
    np.testing.assert_allclose(brought, SOURCE, atol=1e-4)


@pytest.mark.parametrize("method", [Standardise(1e-6), Coral(1e-6)], ids=lambda method: method.kind)
def test_features_get_mean_and_variance_of_the_domain(method):
    brought = method.adapt(SOURCE, TARGET).bring(SOURCE)
    np.testing.assert_allclose(brought.mean(axis=0), TARGET.mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(brought.std(axis=0), TARGET.std(axis=0), rtol=0.02)


@pytest.mark.parametrize("num_features", [30, 100])
def test_coral_is_the_map_of_the_paper_whatever_the_rows_span(num_features):
    source, target, others = (features(num, num_features, seed) for num, seed in ((60, 1), (50, 2), (9, 3)))
    scale = common_scale(source, target).astype(np.float64)
    rows = [(each - each.mean(axis=0)) / scale for each in (source, target)]
    covariances = [each.T @ each / len(each) for each in rows]
    added = 0.5 * sum(map(np.trace, covariances)) / num_features * np.eye(num_features)
    matrix = np.linalg.inv(sqrtm(covariances[0] + added)) @ sqrtm(covariances[1] + added)
    expected = (others - source.mean(axis=0)) / scale @ matrix * scale + target.mean(axis=0)
    brought = Coral(shrinkage=1.0).adapt(source, target).bring(others)
    np.testing.assert_allclose(brought, expected.real, atol=0.01 * np.abs(expected).max())


def test_denoising_restores_what_was_left_out_as_well_as_any_linear_map_can():
    """The map in closed form is the one that least squares find on very many corrupted copies."""
    source = target = features(80, 6, seed=4)
    through = Denoising(corruption=0.3).adapt(source, target).seen_through
    standard = (source - source.mean(axis=0)) / common_scale(source)
    rng = np.random.default_rng(0)
    copies = np.tile(standard, (4000, 1))
    corrupted = copies * (rng.random(copies.shape) > 0.3)
    learnt, *_ = np.linalg.lstsq(corrupted, copies, rcond=None)
    np.testing.assert_allclose(through(source), standard @ learnt, atol=0.03)


def test_a_map_that_is_folded_gives_what_the_head_gave_behind_it():
    through = Denoising().adapt(SOURCE, TARGET).seen_through
    rng = np.random.default_rng(0)
    kernel, bias = rng.normal(size=(30, 4)).astype(np.float32), rng.normal(size=4).astype(np.float32)
    folded_kernel, folded_bias = through.folded(kernel, bias)
    expected = through(TARGET) @ kernel + bias
    np.testing.assert_allclose(TARGET @ folded_kernel + folded_bias, expected, rtol=1e-3, atol=1e-3)


def test_pictures_like_those_of_the_domain_count_more():
    like_target = np.arange(len(SOURCE)) % 2 == 0
    adapted = ImportanceWeights(l2=0.01).adapt(SOURCE, SOURCE[like_target] + np.float32(0.01))
    assert adapted.weights[like_target].mean() > 1.2 * adapted.weights[~like_target].mean()
    assert 0 < adapted.figures["effective_sample_size"] < len(SOURCE)


def test_pictures_that_no_one_can_tell_apart_count_alike():
    adapted = ImportanceWeights().adapt(SOURCE, SOURCE)
    np.testing.assert_allclose(adapted.weights, 1, atol=0.05)
    assert adapted.figures["effective_sample_size"] == pytest.approx(len(SOURCE), rel=0.01)
