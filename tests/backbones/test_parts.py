"""Parts of a network: made once, of the same layers, and no longer there than the network."""

import gc
import weakref

import keras
import numpy as np

from hydranet.backbones import narrowed, towards


def network():
    image = keras.Input((4, 4, 3))
    feature_map = keras.layers.Conv2D(5, 2)(image)
    return keras.Model(
        image, {"map": feature_map, "pooled": keras.layers.GlobalAveragePooling2D()(feature_map)}
    )


def test_a_part_gives_what_the_network_gives_by_name_or_by_itself():
    model, image = network(), np.ones((1, 4, 4, 3), np.float32)
    assert list(narrowed(model, ["pooled"])(image)) == ["pooled"]
    np.testing.assert_array_equal(narrowed(model, ["pooled"])(image)["pooled"], model(image)["pooled"])
    np.testing.assert_array_equal(towards(model, "map")(image), model(image)["map"])
    assert narrowed(model, None) is model


def test_a_part_is_made_once_and_goes_with_the_network():
    model = network()
    part = narrowed(model, ["pooled"])
    assert narrowed(model, ("pooled",)) is part
    assert narrowed(network(), ["pooled"]) is not part
    assert towards(model, "pooled") is towards(model, "pooled")
    gone = weakref.ref(model), weakref.ref(part)
    del model, part
    for _ in range(2):  # the network, and then its parts
        gc.collect()
    assert [each() for each in gone] == [None, None]
