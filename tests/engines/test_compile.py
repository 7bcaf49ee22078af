"""A compiled network: as fast as it is, it says what the network says."""

import numpy as np
import pytest

from hydranet.engines._compile import compile_network


@pytest.fixture(scope="module")
def run(trunk):
    compiled = compile_network(trunk, trunk.image_shape, batch_size=12)
    return lambda images: compiled(images)["pooled"]


def test_features_are_those_of_the_backbone(run, trunk, images):
    expected = np.asarray(trunk(images)["pooled"])

    assert expected.std() > 0.1
    np.testing.assert_allclose(run(images), expected, rtol=0, atol=1e-4 * expected.max())


def test_features_of_a_picture_do_not_depend_on_the_others_in_its_batch(run, images):
    together = run(images)
    order = np.random.default_rng(0).permutation(len(images))

    np.testing.assert_array_equal(run(images[order]), together[order])
    np.testing.assert_array_equal(run(images[3:4]), together[3:4])
    np.testing.assert_array_equal(run(images[5:]), together[5:])


def test_several_features_come_by_name(new_trunk, images):
    trunk = new_trunk(features=["pooled", "map"])
    given = compile_network(trunk, trunk.image_shape, batch_size=12)(images)

    assert {name: feature.shape for name, feature in given.items()} == {
        "map": (12, 1, 1, 1280),
        "pooled": (12, 1280),
    }
    np.testing.assert_allclose(given["map"].mean(axis=(1, 2)), given["pooled"], rtol=1e-5)
