"""The conformance kit of sources: those that come with hydranet pass it, and what is wrong is named."""

from dataclasses import dataclass, field
from typing import Literal

import pytest

from hydranet import Drawings
from hydranet.data import Drawing, Example, Source
from hydranet.testing import check_source

CAT, DOG = (Drawing("cats_dogs", label, 0, seed=0) for label in ("cat", "dog"))


@dataclass(frozen=True)
class Given(Source):
    """A source that is made wrong."""

    shape: tuple[int, ...] = ()
    fault: str = ""
    kind: Literal["given_in_a_test"] = field(default="given_in_a_test", kw_only=True, repr=False)

    @property
    def example_shape(self):
        return self.shape

    def load(self):
        if self.fault == "splits":
            return {"training": [Example(CAT, "cat")]}
        if self.fault == "empty":
            return {"train": [Example(CAT, "cat")], "test": []}
        if self.fault == "pixels":
            return {"all": [Example(WithoutColour(), "grey")]}
        return {"all": [Example(CAT, "cat"), Example(DOG, "dog")]}

    def notes(self):
        return "Two files are left out." if self.fault == "notes" else []


class WithoutColour:
    name = "grey"

    def content(self):
        return b"grey"

    def pixels(self, content, image_size):
        return CAT.pixels(content, image_size)[..., :1]


@pytest.mark.parametrize("source", [Drawings("dog_breeds", 2, 1), Given()])
def test_a_source_that_works_passes(source):
    check_source(source)


def test_folders_and_csv_files_pass(tmp_path):
    from hydranet import CSV, Folder

    for split in ("train", "test"):
        for picture in (CAT, DOG):
            (tmp_path / split / picture.label).mkdir(parents=True)
            picture.save(tmp_path / split / picture.label / "0.png")
    (tmp_path / "pictures.csv").write_text("image,kind\ntrain/cat/0.png,cat\n", encoding="utf-8")
    check_source(Folder(str(tmp_path)))
    check_source(CSV(str(tmp_path / "pictures.csv"), label="kind"))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (Given(fault="splits"), "load gives the splits training, expected train, validation, test"),
        (Given(fault="empty"), "no examples in test: leave such a split out"),
        (
            Given(fault="pixels"),
            r"all: grey gives pixels float32 \(24, 32, 1\), expected float32 \(24, 32, 3\)",
        ),
        (Given(fault="notes"), r"notes gives 'Two files are left out.', expected a list of sentences"),
        (Given(shape=(2,)), r"received one picture, expected 2 of shape \(\)"),
        (Given(shape=(0,)), r"example_shape is \(0,\), expected a tuple of positive integers"),
        (Drawings("cat_dogs"), "Did you mean 'cats_dogs'"),
    ],
)
def test_what_breaks_the_contract_is_named(source, message):
    with pytest.raises(AssertionError, match=message):
        check_source(source)
