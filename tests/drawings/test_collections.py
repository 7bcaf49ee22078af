"""The built-in drawings: pure functions of their arguments, for every label, at every size."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from hydranet.drawings._collections import COLLECTIONS, draw, version
from hydranet.errors import DataError

EVERY_LABEL = [(collection, label) for collection, labels in COLLECTIONS.items() for label in labels]


def test_collections_are_the_three_of_the_quick_start():
    assert COLLECTIONS["horse_human"] == ("horse", "human")
    assert COLLECTIONS["cats_dogs"] == ("cat", "dog")
    assert len(COLLECTIONS["dog_breeds"]) >= 8


@pytest.mark.parametrize(("collection", "label"), EVERY_LABEL)
def test_every_label_draws_the_same_picture_twice_and_another_for_another_index(collection, label):
    pictures = [draw(collection, label, index=index, image_size=48) for index in range(12)]

    assert all(picture.shape == (48, 48, 3) and picture.dtype == np.uint8 for picture in pictures)
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)
    for index, picture in enumerate(pictures):
        np.testing.assert_array_equal(picture, draw(collection, label, index=index, image_size=48))


def test_seed_label_and_size_change_the_picture():
    picture = draw("cats_dogs", "cat", index=3)

    assert picture.shape == (96, 96, 3)
    assert not np.array_equal(picture, draw("cats_dogs", "cat", index=3, seed=1))
    assert not np.array_equal(picture, draw("cats_dogs", "dog", index=3))
    assert draw("cats_dogs", "cat", index=3, image_size=37).shape == (37, 37, 3)


@pytest.mark.slow
def test_another_process_with_other_string_hashes_draws_the_same_picture():
    code = (
        "import sys; from hydranet.drawings import draw;"
        "sys.stdout.buffer.write(draw('dog_breeds', 'poodle', index=5, image_size=32).tobytes())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        check=True,
    )

    assert run.stdout == draw("dog_breeds", "poodle", index=5, image_size=32).tobytes()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"collection": "cats_dog"}, ["'cats_dog'", "Did you mean 'cats_dogs'?", "horse_human"]),
        ({"label": "catt"}, ["'catt'", "Did you mean 'cat'?", "cats_dogs"]),
        ({"index": -1}, ["index", "at least 0", "received -1"]),
        ({"seed": -2}, ["seed", "at least 0", "received -2"]),
        ({"image_size": 3}, ["image_size", "at least 16", "received 3"]),
    ],
)
def test_wrong_arguments_are_named_with_what_was_expected(arguments, expected):
    with pytest.raises(DataError) as error:
        draw(**{"collection": "cats_dogs", "label": "cat", "index": 0, **arguments})

    assert all(part in str(error.value) for part in expected)


def test_a_drawing_has_not_changed_unless_its_version_has():
    pixels = b"".join(
        draw(collection, label, index=index, image_size=48).tobytes()
        for collection, labels in COLLECTIONS.items()
        for label in labels
        for index in (0, 7)
    )
    assert (version()[:8], hashlib.sha256(pixels).hexdigest()[:16]) == ("25868cda", "68887f88fa4443a8"), (
        "a pixel has moved: take another _VERSION, and note both here"
    )
