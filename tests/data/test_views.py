"""The views of a picture, and of what is known of it."""

import numpy as np

from hydranet.data._augment import Augmentation
from hydranet.data._motion import Motion
from hydranet.data._views import Motions, ViewedLabels, change_view

AUGMENTATION = Augmentation(views=3, rotation=30, crop=0.2)
MOTIONS = Motions((20, 30), AUGMENTATION, 5)
MAPS = np.random.default_rng(0).integers(0, 5, (4, 16, 16))
HASHES = np.arange(8, dtype=np.uint64).reshape(4, 2)


def move(label, motion):
    return motion.move_map(label)


def test_the_plain_view_is_the_picture_itself():
    picture = np.zeros((4, 4, 3), np.float32)
    assert change_view(picture, b"hash", 0, AUGMENTATION, 0) is picture
    assert MOTIONS.of(b"hash", 0) == Motion((20, 30))


def test_a_view_is_moved_as_its_motion_says():
    picture = np.random.default_rng(0).uniform(0, 255, (20, 30, 3)).astype(np.float32)
    for view in range(5):
        moved = MOTIONS.of(b"hash", view).move_picture(picture)
        np.testing.assert_array_equal(change_view(picture, b"hash", view, AUGMENTATION, 5), moved)


def test_labels_that_move_go_with_each_picture_and_others_stay():
    rows, views = np.array([2, 0, 2]), np.array([1, 2, 0])
    maps = ViewedLabels(MAPS, HASHES, MOTIONS, move).read(rows, views)
    expected = [
        MOTIONS.of(HASHES[row].tobytes(), view).move_map(MAPS[row])
        for row, view in zip(rows.tolist(), views.tolist(), strict=True)
    ]
    np.testing.assert_array_equal(maps, expected)
    assert not (maps[0] == MAPS[2]).all()
    same = ViewedLabels(MAPS, HASHES, MOTIONS).read(rows, views)
    np.testing.assert_array_equal(same, MAPS[rows])
