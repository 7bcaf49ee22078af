"""Earlier levels: found from the graph, whatever the layers are called."""

import keras
import numpy as np
import pytest

from hydranet.backbones import Application
from hydranet.backbones._levels import find_levels
from hydranet.errors import ConfigError

LEVELS = {
    "MobileNetV2": ("block_13_expand_relu", "block_16_depthwise_relu"),
    "ResNet50": ("conv4_block6_out", "conv5_block2_out"),
    "VGG16": ("block4_conv3", "block5_conv2"),  # its last map is the only one of its resolution
}


@pytest.mark.parametrize("name", LEVELS)
def test_the_widest_map_of_the_resolution_before_and_one_of_the_last_resolution_are_levels(name):
    network = getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(64, 64, 3))
    found = find_levels(network, network.output)
    assert tuple(level._keras_history.operation.name for level in found) == LEVELS[name]


def test_a_network_without_earlier_maps_says_what_to_do():
    image = keras.Input((8, 8, 3))
    network = keras.Model(image, keras.layers.Conv2D(4, 3)(image), name="flat")
    with pytest.raises(ConfigError, match="flat has no two levels below its last map: use `pooled: last`"):
        find_levels(network, network.output)


def test_the_picture_itself_is_no_level():
    image = keras.Input((8, 8, 3))
    conv = keras.layers.Conv2D(4, 3)(keras.layers.Rescaling(1 / 255)(image))
    network = keras.Model(image, keras.layers.Conv2D(4, 3)(conv), name="two")
    with pytest.raises(ConfigError, match="two has no two levels"):
        find_levels(network, network.output)


def test_levels_are_averages_of_their_maps_and_stand_side_by_side(images):
    backbone = Application("MobileNet", image_size=32, arguments={"alpha": 0.25})
    network = backbone.build_network()
    given = {name: np.asarray(each) for name, each in network(images / 255, training=False).items()}
    maps = keras.Model(network.inputs[0], [network.get_layer(name).input for name in ("level_1", "level_2")])
    averages = [np.asarray(each).mean(axis=(1, 2)) for each in maps(images / 255, training=False)]
    np.testing.assert_allclose(given["level_1"], averages[0], rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(given["level_2"], averages[1], rtol=1e-4, atol=1e-7)
    parts = [given[part] for part in backbone.parts("levels")]
    np.testing.assert_array_equal(given["levels"], np.concatenate(parts, axis=1))


def test_the_last_level_alone_is_as_it_would_be_without_the_others():
    settings = {"image_size": 32, "weights": "random", "arguments": {"alpha": 0.25}}
    backbones = [Application("MobileNet", pooled=pooled, **settings) for pooled in ("last", "levels")]
    networks = [backbone.load_network(seed=3) for backbone in backbones]
    assert list(networks[0].output) == ["pooled", "map"]
    digests = {
        backbone.fingerprint(keras.Model(network.inputs[0], network.output["pooled"]))
        for backbone, network in zip(backbones, networks, strict=True)
    }
    assert len(digests) == 1  # so what was stored for the one is found for the other
