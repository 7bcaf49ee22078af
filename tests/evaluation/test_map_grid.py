"""Grids: a map's positions look where a bright pixel says they do, and are moved there."""

import keras
import numpy as np
import pytest

from hydranet.backbones import Application
from hydranet.evaluation._map_grid import MapGrid


def halving(images, padding):
    """A strided mean, whose response says exactly where its positions look."""
    if padding == "explicit":
        images, padding = keras.layers.ZeroPadding2D(((1, 1), (1, 1)))(images), "valid"
    mean = keras.initializers.Constant(1 / 9)
    return keras.layers.Conv2D(1, 3, strides=2, padding=padding, kernel_initializer=mean)(images)


@pytest.mark.parametrize(
    "paddings", [["same"], ["valid"], ["explicit"], ["same", "same"], ["explicit", "valid"]]
)
def test_a_grid_is_where_the_positions_look(paddings):
    image = keras.Input((32, 32, 1))
    tensor = image
    for padding in paddings:
        tensor = halving(tensor, padding)
    model = keras.Model(image, tensor)

    grid = MapGrid().above(tensor)

    # The response to a picture that holds its own coordinate is the coordinate of the centre.
    coordinate = np.broadcast_to((np.arange(32, dtype=np.float32) + 0.5)[None, :, None, None], (1, 32, 32, 1))
    response = np.asarray(model(coordinate))[0, :, 2, 0]
    np.testing.assert_allclose(response[2:4], grid.start[0] + grid.step[0] * np.arange(2, 4), rtol=1e-5)


def test_a_model_within_the_model_counts():
    image = keras.Input((32, 32, 3))
    stem = keras.Sequential([keras.layers.Conv2D(4, 4, strides=4), keras.layers.LayerNormalization()])
    assert MapGrid().above(stem(image)) == MapGrid(start=(2.0, 2.0), step=(4.0, 4.0))


@pytest.mark.parametrize(("architecture", "offset"), [("MobileNetV2", 15.5), ("VGG16", 0.0)])
def test_the_last_maps_of_known_networks_are_off_by_up_to_half_a_position(architecture, offset):
    network = Application(architecture, image_size=160).build_network()
    grid = MapGrid().above(network.output["map"])
    assert grid == MapGrid(start=(offset + 16, offset + 16), step=(32, 32))


def test_a_grid_may_stand_on_another():
    image = keras.Input((16, 16, 1))
    assert MapGrid(start=(2.0, 2.0), step=(2.0, 2.0)).above(halving(image, "same")) == MapGrid(
        start=(4.0, 4.0), step=(4.0, 4.0)
    )


def test_maps_are_moved_to_where_they_look():
    maps = np.array([[[0, 0, 0], [0, 4, 0], [0, 0, 0]]], np.float32)

    moved = MapGrid(start=(6.0, 6.0), step=(8.0, 8.0)).align(
        maps, (24, 24)
    )  # a quarter of a position to the lower right

    np.testing.assert_allclose(moved[0], [[0, 0, 0], [0, 2.25, 0.75], [0, 0.75, 0.25]])


def test_maps_that_look_where_they_lie_stay_as_they_are():
    maps = np.random.default_rng(0).random((2, 5, 3), np.float32)
    grid = MapGrid(start=(16.0, 8.0), step=(32.0, 16.0))
    np.testing.assert_array_equal(grid.align(maps, (160, 48)), maps)
