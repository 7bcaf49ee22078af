"""Names that people type: which are allowed, and which one was probably meant."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydranet.errors import ConfigError
from hydranet.naming import check_task_name, nearest_match, unknown_name

VALID = re.compile(r"[a-z][a-z0-9_]*")


@given(st.text(max_size=20))
def test_a_name_is_returned_or_refused_with_a_valid_suggestion(name):
    if VALID.fullmatch(name):
        assert check_task_name(name) == name
        return
    with pytest.raises(ConfigError) as caught:
        check_task_name(name)
    suggestion = re.search(r"for example '(.*)' would do", str(caught.value))[1]
    assert check_task_name(suggestion) == suggestion


@pytest.mark.parametrize("name", ["cats dogs", "Cats", "1st", "_x", "", "ä", "a-b", "a\n", None, 3])
def test_what_could_not_be_a_layer_name_is_refused(name):
    with pytest.raises(ConfigError, match=re.escape(f"received {name!r}")):
        check_task_name(name)


def test_the_suggestion_keeps_the_words():
    with pytest.raises(ConfigError, match="'cats_dogs' would do"):
        check_task_name("Cats & Dogs")


def test_the_suggestion_is_no_name_of_another_layer():
    with pytest.raises(ConfigError, match="'task_images' would do"):
        check_task_name("Images")


def test_the_nearest_match_ignores_case_and_gives_the_known_spelling():
    assert nearest_match("mobilenetv2", ["MobileNetV2", "Xception"]) == " Did you mean 'MobileNetV2'?"


def test_nothing_near_gives_no_suggestion():
    assert nearest_match("zebra", ["cat", "dog"]) == ""
    assert nearest_match("zebra", []) == ""


def test_an_unknown_name_says_what_there_is():
    message = unknown_name("task", "cats_dgos", ["horse_human", "cats_dogs"])
    assert message == "Unknown task 'cats_dgos'. Did you mean 'cats_dogs'? Known: cats_dogs, horse_human."
    assert unknown_name("task", "x", []).endswith("Known: none.")


@pytest.mark.parametrize("name", ["images", "backbone", "tail_shared"])
def test_a_task_is_not_called_as_another_layer_of_the_model(name):
    with pytest.raises(ConfigError, match="because a layer of the model is"):
        check_task_name(name)
