"""Names of classes that are probably meant as one."""

import unicodedata
from collections import Counter

import pytest

from hydranet.tasks._twin_names import compound_notes, twin_notes

CAFE = "café"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cat", "cat"),
        ("0", "0.0"),
        ("10", "1e1"),
        (unicodedata.normalize("NFC", CAFE), unicodedata.normalize("NFD", CAFE)),
        ("cat", "c\u200bat"),
        ("cat", "cat "),
        ("guide dog", "guide_dog"),
        ("straße", "STRASSE"),
    ],
)
def test_twins_are_named_with_their_counts(one, other):
    [note] = twin_notes(Counter({one: 9, "other": 5, other: 1}))
    assert f"{one!r} (9), {other!r} (1)" in note


@pytest.mark.parametrize(
    "names", [("cat", "cats"), ("1", "10"), ("C", "C++"), ("left", "right"), ("0", "00a")]
)
def test_others_are_not(names):
    assert twin_notes(Counter(names)) == []


@pytest.mark.parametrize("separator", ["|", ",", ";", "/", " + "])
def test_labels_that_are_made_of_others_are_named(separator):
    [note] = compound_notes(Counter(["head", "tail", f"head{separator}tail"]))
    assert f"'head{separator}tail' (1) seem to name several classes" in note
    assert f"`label_separator: {separator.strip()!r}`" in note


@pytest.mark.parametrize("names", [("rock, hard", "rock, soft"), ("a/b", "c"), ("head",), ("/head", "head")])
def test_others_are_taken_as_they_are(names):
    assert compound_notes(Counter(names)) == []
