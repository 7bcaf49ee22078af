"""What lies under a head: trunk and tail together are the backbone, and known by both their weights."""

import numpy as np
import pytest

from hydranet.model._feature_network import FeatureNetwork
from hydranet.model._tail import Tail


@pytest.fixture(scope="module")
def cut(trunk):
    return trunk.find_cut("1 block")


@pytest.fixture(scope="module")
def lower(trunk, cut):
    return trunk.below(cut)


@pytest.fixture(scope="module")
def tail(trunk, cut):
    return Tail.of(trunk, cut)


def test_trunk_and_tail_are_the_whole_trunk(trunk, lower, tail, images):
    network = FeatureNetwork(lower, tail)

    assert (network.image_shape, network.feature_shapes) == ((32, 32, 3), {"pooled": (1280,)})
    np.testing.assert_array_equal(network(images)["pooled"], trunk(images)["pooled"])


def test_without_a_tail_it_is_the_trunk(trunk, images):
    network = FeatureNetwork(trunk)

    assert (network.image_shape, network.feature_shapes) == (trunk.image_shape, trunk.feature_shapes)
    assert network.fingerprint("pooled") == trunk.fingerprint("pooled")
    np.testing.assert_array_equal(network(images)["pooled"], trunk(images)["pooled"])


def test_the_fingerprint_is_that_of_all_weights_of_trunk_and_tail(new_trunk):
    trunk = new_trunk()
    cut = trunk.find_cut("1 block")
    lower, tail = trunk.below(cut), Tail.of(trunk, cut)
    network = FeatureNetwork(lower, tail)
    before = network.fingerprint("pooled")
    others = {lower.fingerprint("activation"), tail.fingerprint("pooled")}

    for layer in (lower, tail):
        statistic = next(weight for weight in layer.weights if weight.path.endswith("moving_mean"))
        value = statistic.numpy()
        statistic.assign(value + 1e-6)
        others.add(network.fingerprint("pooled"))
        statistic.assign(value)

    assert len(others - {before}) == 4
    assert network.fingerprint("pooled") == before
