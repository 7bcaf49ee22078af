"""Drawings: pictures of their own, listed by class."""

import numpy as np
import pytest

from hydranet import drawings
from hydranet.data._drawings import Drawing, Drawings
from hydranet.errors import DataError


def test_drawings_are_listed_by_class_with_no_picture_in_two_splits():
    splits = Drawings("cats_dogs", num_train=3, num_validation=2).load()
    assert [example.label for example in splits["train"]] == ["cat"] * 3 + ["dog"] * 3
    assert [example.label for example in splits["validation"]] == ["cat"] * 2 + ["dog"] * 2
    pictures = [example.pictures for examples in splits.values() for example in examples]
    assert len(set(pictures)) == len(pictures)


def test_an_unknown_collection_of_drawings_names_the_nearest():
    with pytest.raises(DataError, match=r"called 'cat_dogs': expected one of .*Did you mean 'cats_dogs'\?"):
        Drawings("cat_dogs").load()


def test_any_two_drawings_are_different_pictures_and_the_code_that_draws_is_part_of_it(monkeypatch):
    pictures = [
        Drawing("cats_dogs", "cat", 0, seed=0),
        Drawing("cats_dogs", "cat", 1, seed=0),
        Drawing("cats_dogs", "cat", 0, seed=1),
        Drawing("cats_dogs", "dog", 0, seed=0),
    ]
    before = {picture.content() for picture in pictures}
    monkeypatch.setattr(drawings, "version", lambda: "another")
    assert len(before | {picture.content() for picture in pictures}) == 8


def test_a_drawing_is_drawn_and_resized():
    picture = Drawing("cats_dogs", "cat", 3, seed=1)
    pixels = picture.pixels(picture.content(), (32, 24))
    assert pixels.dtype == np.float32
    assert pixels.shape == (32, 24, 3)
    assert picture.name == "drawing cats_dogs/cat/3"
