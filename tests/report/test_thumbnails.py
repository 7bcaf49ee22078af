"""Thumbnails: small files that any browser reads, still the picture they were made of."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from hydranet.drawings._collections import draw
from hydranet.report._thumbnails import heat_layer, thumbnail


def opened(uri):
    scheme, content = uri.split(",")
    assert scheme == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(content)))


def test_a_thumbnail_is_the_picture_made_small():
    image = np.asarray(draw("cats_dogs", "cat", index=0, image_size=240), np.float32)

    small = np.asarray(opened(thumbnail(image)), np.float32)

    expected = image.reshape(120, 2, 120, 2, 3).mean(axis=(1, 3))
    assert small.shape == (120, 120, 3)
    assert np.abs(small - expected).mean() < 8


def test_a_thumbnail_keeps_the_shape_and_does_not_enlarge():
    assert opened(thumbnail(np.zeros((80, 160, 3), np.float32))).size == (120, 60)
    assert opened(thumbnail(np.zeros((40, 50, 3), np.float32), size=64)).size == (50, 40)


def test_values_a_little_outside_the_range_do_not_wrap_around():
    white = opened(thumbnail(np.full((8, 8, 3), 255.6, np.float32)))
    assert np.asarray(white).min() > 250


def test_a_thumbnail_weighs_a_few_kilobytes():
    image = np.asarray(draw("cats_dogs", "dog", index=1, image_size=160), np.float32)
    assert len(thumbnail(image)) < 5000


def test_heat_is_how_opaque_the_layer_is():
    layer = np.asarray(opened(heat_layer(np.array([[0, 0.5], [0.8, 1]], np.float32))).convert("RGBA"))

    colour, alpha = layer[..., :3], layer[..., 3]
    assert alpha[0, 0] == 0
    assert alpha[0, 0] < alpha[0, 1] < alpha[1, 0] < alpha[1, 1] < 255
    assert (colour == colour[0, 0]).all()  # also where it can't be seen, or scaling would darken the edge


@pytest.mark.parametrize("side", [1, 5, 7, 14])
def test_a_layer_weighs_less_than_a_kilobyte(side):
    heat = np.random.default_rng(0).random((side, side), np.float32)

    uri = heat_layer(heat)

    assert opened(uri).size == (side, side)
    assert len(uri) < 1000
