"""Pictures, maps and boxes move alike, however a view is moved."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hydranet.data._motion import Motion

MOTIONS = st.builds(
    Motion,
    image_size=st.tuples(st.integers(2, 40), st.integers(2, 40)),
    flip=st.booleans(),
    angle=st.floats(-math.pi, math.pi),
    scale=st.floats(0.1, 1),
    top=st.floats(0, 1),
    left=st.floats(0, 1),
)


def picture(height=40, width=40):
    coarse = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    smooth = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(smooth).astype(np.float32)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_quarter_turns_of_a_square_are_exact(quarters):
    turned = Motion((32, 32), angle=np.pi / 2 * quarters).move_picture(picture(32, 32))
    np.testing.assert_allclose(turned, np.rot90(picture(32, 32), -quarters), atol=1e-3)


@pytest.mark.parametrize("shape", [(40, 56), (7, 90), (90, 7), (1, 1)])
@pytest.mark.parametrize("scale", [1, 0.5])
def test_no_angle_looks_past_the_reflected_border(shape, scale):
    image, flat_map = np.full((*shape, 3), 200, np.float32), np.full((5, 8), 7)
    for angle in np.linspace(-np.pi, np.pi, 37):
        for corner in (0, 1):
            motion = Motion(shape, angle=angle, scale=scale, top=corner, left=corner)
            np.testing.assert_allclose(motion.move_picture(image), 200, atol=1e-3)
            assert (motion.move_map(flat_map) == 7).all()


@pytest.mark.parametrize(("top", "left"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_a_crop_shows_the_window_it_was_given(top, left):
    result = Motion((40, 40), scale=0.5, top=top, left=left).move_picture(picture())
    window = picture()[top * 20 : top * 20 + 20, left * 20 : left * 20 + 20]
    # Each 2 x 2 block of the enlarged window averages to its pixel, but for the neighbours' share.
    blocks = result.reshape(20, 2, 20, 2, 3).mean(axis=(1, 3))
    assert np.abs(blocks - window).mean() < 2


@given(MOTIONS)
@settings(deadline=None)
def test_a_map_of_coordinates_moves_as_the_picture_of_them(motion):
    rows, columns = np.mgrid[: motion.image_size[0], : motion.image_size[1]]
    coordinates = np.stack([rows, columns, 0 * rows], axis=-1)
    moved = motion.move_map(coordinates)
    assert moved.dtype == coordinates.dtype
    # The picture lies between pixels where the map has the nearest one.
    np.testing.assert_allclose(moved, motion.move_picture(coordinates.astype(np.float32)), atol=0.51)


def test_a_map_of_other_proportions_moves_with_the_picture():
    """A bright half of the picture, and a map of it that is squeezed to a square."""
    image, values = np.zeros((64, 192, 3), np.float32), np.zeros((32, 32), int)
    image[:, :96], values[:, :16] = 255, 1
    motion = Motion(image.shape[:2], flip=True, angle=0.5, scale=0.8, top=0.3, left=0.6)
    bright = np.asarray(Image.fromarray(motion.move_picture(image)[..., 0] > 127).resize((32, 32), 0))
    assert (motion.move_map(values) == bright).mean() > 0.97


def test_a_map_has_no_other_values_than_before_and_keeps_its_type():
    labels = np.random.default_rng(0).choice(np.array([-1, 7, 200], np.int16), (30, 30))
    moved = Motion((160, 160), angle=0.6, scale=0.8).move_map(labels)
    assert moved.dtype == np.int16
    assert set(np.unique(moved)) == {-1, 7, 200}
    assert not (moved == labels).all()


@given(MOTIONS, st.floats(0, 1), st.floats(0, 1))
@settings(deadline=None)
def test_a_point_moves_as_the_picture_under_it(motion, x, y):
    """A map holds where each of its positions comes from: at the moved point stands the point itself."""
    height, width = size = (200, 300)
    rows, columns = np.mgrid[:height, :width]
    came_from = motion.move_map(np.stack([(columns + 0.5) / width, (rows + 0.5) / height], axis=-1))
    [moved] = motion.move_points(np.array([[x, y]]))
    if (moved > 0.01).all() and (moved < 0.99).all():
        column, row = (moved * size[::-1]).astype(int)
        np.testing.assert_allclose(came_from[row, column], [x, y], atol=0.02)


@given(MOTIONS, st.lists(st.floats(0, 1), min_size=4, max_size=4))
@settings(deadline=None)
def test_a_box_holds_all_of_it_that_is_still_seen_and_stays_in_the_picture(motion, edges):
    low, high = np.sort(np.reshape(edges, (2, 2)), axis=0)
    box = motion.move_box(np.array([*low, *high], np.float32))
    assert box.dtype == np.float32
    assert (box >= 0).all()
    assert (box <= 1).all()
    inside = np.random.default_rng(0).uniform(low, high, (50, 2))
    moved = motion.move_points(inside)
    seen = moved[((moved > 1e-5) & (moved < 1 - 1e-5)).all(axis=1)]
    if (high - low > 1e-3).all():
        assert (seen >= box[:2] - 1e-5).all()
        assert (seen <= box[2:] + 1e-5).all()


def test_a_box_that_has_left_the_view_is_empty():
    away = Motion((100, 100), scale=0.5, top=1, left=1)
    assert away.move_box(np.array([0.0, 0.0, 0.4, 0.4])).tolist() == [0, 0, 0, 0]


def test_a_box_stays_around_what_it_was_around():
    image, box = np.zeros((100, 150, 3), np.float32), np.array([0.2, 0.3, 0.4, 0.7])
    image[30:70, 30:60] = 255
    for angle in np.linspace(-0.4, 0.4, 5):
        motion = Motion((100, 150), flip=True, angle=angle, scale=0.9, top=0.5, left=0.5)
        rows, columns = np.nonzero(motion.move_picture(image)[..., 0] > 127)
        around = [columns.min() / 150, rows.min() / 100, columns.max() / 150, rows.max() / 100]
        np.testing.assert_allclose(motion.move_box(box), around, atol=0.03)
