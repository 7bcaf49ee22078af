"""The bundled backbone: its weights fit, are small, and know none of the tasks' classes."""

import keras
import numpy as np
import pytest

from hydranet.drawings._bundled import BACKBONE, weights_path
from hydranet.drawings._collections import COLLECTIONS
from hydranet.drawings._pretraining.other_drawings import CLASSES, draw_class, draw_other
from hydranet.errors import DataError

WORDS_OF_THE_TASKS = {
    *("horse", "pony", "foal", "human", "person", "man", "woman", "child", "cat", "kitten", "dog", "puppy"),
    *(word for labels in COLLECTIONS.values() for label in labels for word in label.split("_")),
}


def test_weights_load_and_tell_pictures_apart():
    backbone = getattr(keras.applications, BACKBONE.constructor)(
        include_top=False,
        weights=None,
        input_shape=(BACKBONE.image_size, BACKBONE.image_size, 3),
        pooling="avg",
        **BACKBONE.arguments,
    )
    before = [weight.numpy() for weight in backbone.weights]

    backbone.load_weights(weights_path())

    assert all(not np.array_equal(old, new) for old, new in zip(before, backbone.weights, strict=True))
    pictures = np.stack([draw_other(name, index=900) for name in ("fish", "house", "letter_a")])
    features = backbone(pictures.astype(np.float32) / 127.5 - 1.0, training=False).numpy()
    assert np.isfinite(features).all()
    assert features.std(axis=0).mean() > 0.05


def test_weights_are_at_most_three_megabytes():
    assert weights_path().stat().st_size <= 3_000_000


def test_no_pretext_class_is_one_of_the_tasks():
    assert len(CLASSES) >= 60
    assert not {word for name in CLASSES for word in name.split("_")} & WORDS_OF_THE_TASKS


def test_pretext_pictures_are_a_function_of_their_arguments():
    pictures = draw_class("fish", count=3, first=5, image_size=32)

    assert pictures.shape == (3, 32, 32, 3)
    np.testing.assert_array_equal(pictures[1], draw_other("fish", index=6, image_size=32))
    with pytest.raises(DataError, match="Did you mean 'fish'"):
        draw_other("fich", index=0)
