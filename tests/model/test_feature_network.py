"""What lies under a head: trunk and tail together are the backbone, and known by both their weights."""

import numpy as np
import pytest

from hydranet.backbones._blocks import unfreezing_cut
from hydranet.model._feature_network import FeatureNetwork
from hydranet.model._tail import Tail


@pytest.fixture(scope="module")
def cut(backbone):
    return unfreezing_cut(backbone.network, "1 block")


@pytest.fixture(scope="module")
def trunk(backbone, cut):
    return backbone.trunk(cut)


@pytest.fixture(scope="module")
def tail(backbone, cut):
    return Tail.of(backbone, cut)


def test_trunk_and_tail_are_the_backbone(backbone, trunk, tail, images):
    network = FeatureNetwork(trunk, tail)

    assert (network.image_shape, network.feature_shape) == ((32, 32, 3), (1280,))
    np.testing.assert_array_equal(network(images), backbone(images))


def test_without_a_tail_it_is_the_backbone(backbone, images):
    network = FeatureNetwork(backbone)

    assert (network.image_shape, network.feature_shape) == (backbone.image_shape, backbone.feature_shape)
    assert network.fingerprint() == backbone.fingerprint()
    np.testing.assert_array_equal(network(images), backbone(images))


def test_the_fingerprint_is_that_of_all_weights_of_trunk_and_tail(trunk, tail):
    network = FeatureNetwork(trunk, tail)
    before = network.fingerprint()
    others = {trunk.fingerprint(), tail.fingerprint()}

    for layer in (trunk, tail):
        statistic = next(weight for weight in layer.weights if weight.path.endswith("moving_mean"))
        value = statistic.numpy()
        statistic.assign(value + 1e-6)
        others.add(network.fingerprint())
        statistic.assign(value)

    assert len(others - {before}) == 4
    assert network.fingerprint() == before
