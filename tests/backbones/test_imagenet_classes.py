"""ImageNet's class names are those of Keras, where they are at hand."""

import pytest
from keras.src.applications import imagenet_utils

from hydranet.backbones import Application
from hydranet.errors import FetchError


def test_the_names_of_imagenet_are_those_that_keras_keeps(monkeypatch):
    index = {str(i): [f"n{i:08}", "crane" if i in {1, 3} else f"class {i}"] for i in range(1000)}
    monkeypatch.setattr(imagenet_utils, "CLASS_INDEX", index)
    names = Application().imagenet_classes()
    assert len(names) == 1000
    assert names[:4] == ["class 0", "crane", "class 2", "crane"]


def test_names_that_can_not_be_fetched_are_an_error_that_says_the_way_round(monkeypatch, tmp_path):
    monkeypatch.setattr(imagenet_utils, "CLASS_INDEX", None)
    monkeypatch.setattr(imagenet_utils, "CLASS_INDEX_PATH", "http://127.0.0.1:9/none.json")
    monkeypatch.setattr("keras.src.utils.file_utils.config.keras_home", lambda: str(tmp_path))
    with pytest.raises(FetchError, match=r"`classes: PATH` with one name a line, .* `classes: numbers`"):
        Application().imagenet_classes()
