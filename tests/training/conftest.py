"""Fixtures for tests of training."""

import pytest


@pytest.fixture(scope="session")
def mobilenet_weights(tmp_path_factory):
    """A weights file of the smallest MobileNet, whose BatchNorm has the statistics of some drawings.

    It is built in half the time of a MobileNetV2, and has the blocks and cuts that a tail needs.
    """
    import keras
    import numpy as np

    from hydranet.data.drawings import draw
    from hydranet.model.backbone import Backbone

    keras.utils.set_random_seed(0)
    network = Backbone("MobileNet", image_size=32, arguments={"alpha": 0.25}).network
    pictures = [
        draw("cats_dogs", label, index=index, image_size=32)
        for label in ("cat", "dog")
        for index in range(900, 932)
    ]
    network.trainable = True
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    network(np.array(pictures, np.float32) / 127.5 - 1, training=True)
    path = tmp_path_factory.mktemp("weights") / "mobilenet.weights.h5"
    network.save_weights(path)
    return path
