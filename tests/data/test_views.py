"""The views of a picture, and of what is known of it."""

import numpy as np

from hydranet.data._augment import Augmentation, augment_map, view_rng
from hydranet.data._views import ViewedLabels, change_view, move_map

AUGMENTATION = Augmentation(views=3, rotation=30, crop=0.2)
MAPS = np.random.default_rng(0).integers(0, 5, (4, 16, 16))
HASHES = np.arange(8, dtype=np.uint64).reshape(4, 2)


def test_the_plain_view_is_the_picture_itself():
    picture, labels = np.zeros((4, 4, 3), np.float32), MAPS[0]
    assert change_view(picture, b"hash", 0, AUGMENTATION, 0) is picture
    assert move_map(labels, b"hash", 0, AUGMENTATION, 0) is labels


def test_labels_that_are_maps_move_with_each_picture_and_others_stay():
    rows, views = np.array([2, 0, 2]), np.array([1, 2, 0])
    maps = ViewedLabels(MAPS, HASHES, AUGMENTATION, 5, are_maps=True).read(rows, views)
    expected = [
        augment_map(MAPS[row], AUGMENTATION, view_rng(HASHES[row].tobytes(), view, 5)) if view else MAPS[row]
        for row, view in zip(rows, views, strict=True)
    ]
    np.testing.assert_array_equal(maps, expected)
    same = ViewedLabels(MAPS, HASHES, AUGMENTATION, 5, are_maps=False).read(rows, views)
    np.testing.assert_array_equal(same, MAPS[rows])
